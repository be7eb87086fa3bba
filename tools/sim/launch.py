"""Turns a MicroPython unix process into a board: stand-ins in, host out, then boot.py and main.py.

Run by the bench, with the number of an inherited socket as the only argument. The board's description is the
first line that comes through it.
"""

import builtins
import gc
import json
import os
import sys

import chips
import heap
import link
import pins
import power
import rom
import sim_machine
import sim_os
import sim_select
import sim_socket
import sim_sys
import sim_time
import sim_vfs
import timers
import vfs
from flash import Flash

# machine.reset_cause() (PORT-BEHAVIOUR 2): what the bench did -> (ESP32, ESP8266).
_CAUSES = {
    "power-on": (1, 0),
    "reset": (2, 4),
    "watchdog": (3, 1),
    "deepsleep": (4, 5),
    "soft-reset": (5, 4),
    "button": (1, 6),
}
_CONSTANTS = {
    "esp32": {"PWRON_RESET": 1, "HARD_RESET": 2, "WDT_RESET": 3, "DEEPSLEEP_RESET": 4, "SOFT_RESET": 5},
    "esp8266": {"PWRON_RESET": 0, "HARD_RESET": 6, "WDT_RESET": 1, "DEEPSLEEP_RESET": 5, "SOFT_RESET": 4},
}


def machine_module(config, chip):
    esp32 = chip["platform"] == "esp32"
    cause = _CAUSES[config["cause"]][0 if esp32 else 1]
    mac = bytes.fromhex(config["mac"])
    power.setup(chip, mac, cause, bytes.fromhex(config["memory"]))
    pins.setup(chip, {int(gpio): level for gpio, level in config["levels"].items()})
    timers.setup(chip["timers"])
    for name, value in _CONSTANTS[chip["platform"]].items():
        setattr(sim_machine, name, value)
    if esp32:
        import pwm_esp32

        pwm_esp32.setup(chip)
        sim_machine.PWM = pwm_esp32.PWM
        sim_machine.wake_reason = power.wake_reason
    else:
        import pwm_esp8266

        sim_machine.PWM = pwm_esp8266.PWM
    return sim_machine


def network_module(config, chip):
    if chip["platform"] == "esp32":
        import network_esp32 as network
        import wifi_esp32

        wifi_esp32.ap_channel = config["ap_channel"]
    else:
        import network_esp8266 as network
    network._setup(bytes.fromhex(config["mac"]), config["sdk"])
    own = {int(port): place for port, place in config["own"].items()}
    esp32 = chip["platform"] == "esp32"
    sim_socket.setup(own, -202 if esp32 else -2, not esp32, network._has_ip)
    return network


def stand_ins(config, chip):
    """Modules under the names that the firmware imports them by."""
    firmware = "{}.{}.{}".format(*sys.implementation.version[:3])
    sim_os.describe(chip["platform"], firmware, sys.version.split("MicroPython ")[-1], chip["machine"])
    build = chip["build"] + ("-FLASH_2M_ROMFS" if config.get("partition") else "")
    sim_sys.describe(chip["platform"], chip["machine"], chip["mpy"], build)
    sim_time.start_clock(config["clock_us"])
    modules = {
        "machine": machine_module(config, chip),
        "network": network_module(config, chip),
        "os": sim_os,
        "select": sim_select,
        "socket": sim_socket,
        "sys": sim_sys,
        "time": sim_time,
        "vfs": sim_vfs,
    }
    # asyncio's C half counts native ticks, so its Python half must, too: it is loaded with the native `time`.
    sys.modules["select"] = sim_select
    sys.modules["sys"] = sim_sys
    sys.modules["machine"] = sim_machine
    import asyncio

    import sim_esp
    import sim_neopixel

    modules["asyncio"] = asyncio
    modules["neopixel"] = sim_neopixel
    modules["esp"] = sim_esp
    if chip["platform"] == "esp32":
        import sim_esp32
        import sim_nvs
        import sim_thread

        sim_nvs.setup(config["flash"].rpartition("/")[0] + "/nvs.img")
        modules["esp32"] = sim_esp32
        modules["_thread"] = sim_thread
        if not config["psram"]:
            import sim_gc

            modules["gc"] = sim_gc
    else:
        import sim_tls

        modules["tls"] = sim_tls
    for name in sys.modules:
        if name.startswith("asyncio."):
            modules[name] = sys.modules[name]
    return modules


def port_open(native):
    """open() without the host's file descriptors."""

    def open(file, *args, **kw):
        if not isinstance(file, str):
            raise TypeError("can't convert '{}' object to str implicitly".format(type(file).__name__))
        return native(file, *args, **kw)

    return open


# import for an ESP8266. The native one takes the package of a relative import from the globals of its caller,
# and asyncio, which loads its parts that way, is the only one that asks.
_WITHOUT_THREADS = """
def find(name, *rest):
    if name == "_thread":
        raise ImportError("no module named '_thread'")
    return native(name, *rest)
"""


def without_threads(native):
    scope = {"native": native, "__name__": "asyncio", "__path__": "asyncio"}
    exec(_WITHOUT_THREADS, scope)
    return scope["find"]


def take_over(config):
    """From here on there is no host: not its files, not its modules, not its paths."""
    chip = chips.CHIPS[config["chip"]]
    rom_image = rom.memory(config["romfs"]) if config.get("romfs") else None
    if config.get("partition"):
        sim_vfs.setup(config["partition"])
        rom_image = rom_image or rom.mountable(config["partition"])
    modules = stand_ins(config, chip)
    flash = Flash(config["flash"])
    vfs.umount("/")
    if "/sim" in sys.path:  # the stand-ins came from there, and are all loaded
        vfs.umount("/sim")
    vfs.mount(vfs.VfsLfs2(flash), "/")
    sys.path[:] = ["", ".frozen", "/lib"]
    if rom_image:
        vfs.mount(vfs.VfsRom(rom_image), "/rom")
        sys.path[2:2] = ["/rom", "/rom/lib"]
    if chip["platform"] == "esp8266":
        sys.path.append("/")  # PORT-BEHAVIOUR 4, sys.path
        builtins.__import__ = without_threads(__import__)
    sys.argv.clear()
    builtins.open = port_open(open)
    sys.modules.clear()
    for name, module in modules.items():
        module.__name__ = name
        sys.modules[name] = module
    return chip


def override(board, names, values):
    """Set the board, the portal's names here, and what `--set` asked for, before main.py reads them."""
    try:
        import product
    except ImportError:
        if values:
            print("bench: the firmware has no module `product`, nothing was set")
        return
    product.BOARD = board
    product.PORTAL_NAMES = getattr(product, "PORTAL_NAMES", ()) + tuple(names)
    for name, value in values.items():
        setattr(product, name, eval(value))


def compiled(name):
    """A file of the flash as code. As on a port, its text is gone when the code runs."""
    with open("/" + name) as file:
        return compile(file.read(), name, "exec")


def run(name, scope):
    """Execute a file of the flash as the port does; False when it is not there or went wrong."""
    try:
        os.stat("/" + name)
    except OSError:
        return False
    try:
        exec(compiled(name), scope)
    except SystemExit:
        raise
    except BaseException as error:
        sys.print_exception(error, sys.stdout)
        return False
    return True


def main():
    wire = link.open_wire(int(sys.argv[1]))
    config = json.loads(wire.readline())
    sim_select.wire = wire
    chip = take_over(config)
    esp32 = chip["platform"] == "esp32"
    link.queue_depth(8 if esp32 else 4)
    scope = {"__name__": "__main__"}
    gc.collect()
    ballast = heap.limit(*config["room"]) if "room" in config else None
    for _ in range(3 if ballast else 0):
        heap.trim(ballast, config["room"][0])
    if config["serial"]:
        link.send({"do": "listen"})  # until now a Ctrl-C would have hit these stand-ins
    try:
        run("boot.py", scope)
        if config["raw_repl"]:
            return  # to the prompt
        override(config["board"], config["portal_names"], config["overrides"])
        run("main.py", scope)
    except SystemExit:
        if link.lost:
            return
        if esp32:  # PORT-BEHAVIOUR 2, soft_reset(): from boot and main, too; an ESP8266 goes to the REPL
            link.send({"do": "reset", "cause": "soft-reset"})
            link.stop()
    del ballast
    link.send({"do": "halt"})
    if config["serial"]:
        return
    while not link.lost:
        link.serve_once()


main()
