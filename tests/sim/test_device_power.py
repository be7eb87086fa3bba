"""A device's life: flash that stays, resets and their causes, power cuts, a bench that goes away."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

import pytest

import support
from firstlight.bench.device import VirtualDevice
from firstlight.errors import UserError

COUNT = """
    import machine, time
    try:
        with open("/count") as file:
            count = int(file.read())
    except OSError:
        count = 0
    with open("/count", "w") as file:
        file.write(str(count + 1))
    rtc = machine.RTC()
    print("boot", count, machine.reset_cause(), rtc.memory(), rtc.datetime()[0])
    rtc.memory(b"kept")
    rtc.datetime((2026, 11, 22, 0, 12, 0, 0, 0))
"""


def test_flash_survives_power_cuts_and_new_firmware(tmp_path):
    """Files of the firmware's own stay; a new firmware replaces its files and removes the ones it dropped."""

    async def scenario():
        async with support.running(tmp_path, COUNT) as device:
            await device.wait("log", line="boot 0 1 b'' 2000")
            await device.power_cut()
            await device.power_on()
            await device.wait("log", line="boot 1 1 b'' 2000")
        (tmp_path / "firmware" / "old.py").write_text("")
        async with support.running(tmp_path, COUNT) as device:
            await device.wait("log", line="boot 2 1 b'' 2000")
        (tmp_path / "firmware" / "old.py").unlink()
        main = "import os; print(sorted(os.listdir('/')), open('/count').read())"
        async with support.running(tmp_path, main) as device:
            await device.wait("log", line="['boot.py', 'count', 'main.py'] 3")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("board", "after_reset", "after_button"),
    [
        ("esp32_devkit", "2 b'kept' 2026", "1 b'' 2000"),
        ("esp8266_nodemcu", "4 b'kept' 2026", "6 b'kept' 2026"),
    ],
)
def test_reset_causes(tmp_path, board, after_reset, after_button):
    """machine.reset() keeps the clock and its memory; an ESP32's reset button takes them along."""
    main = (
        COUNT
        + """
    if count == 0:
        try:
            machine.reset()
        finally:
            print("never")
    """
    )

    async def scenario():
        async with support.running(tmp_path, main, board=board) as device:
            await device.wait("reset", cause="reset")
            await device.wait("boot", cause="reset")
            await device.wait("log", line="boot 1 " + after_reset)
            await device.reset()
            await device.wait("boot", cause="button")
            await device.wait("log", line="boot 2 " + after_button)
            assert "never" not in support.log(device)

    asyncio.run(scenario())


def test_soft_reset_watchdog_and_deep_sleep(tmp_path):
    """The other ways to start again, each with its cause."""
    main = """
        import machine, sys, time
        cause = machine.reset_cause()
        print("cause", cause)
        if cause == machine.PWRON_RESET:
            sys.exit()
        if cause == machine.SOFT_RESET:
            machine.WDT(timeout=100)
            while True:
                pass
        if cause == machine.WDT_RESET:
            machine.deepsleep(20)
        """

    async def scenario():
        async with support.running(tmp_path, main) as device:
            for cause in (1, 5, 3, 4):
                await device.wait("log", line=f"cause {cause}")
            await device.wait("halt")

    asyncio.run(scenario())


def test_a_crash_is_shown_and_leaves_the_device_on(tmp_path):
    """An exception nobody catches ends at the REPL, with the button still heard."""
    main = """
        from machine import Pin
        pin = Pin(0, Pin.IN, Pin.PULL_UP)
        pin.irq(lambda pin: print("edge", pin()))
        raise ValueError("gone wrong")
        """

    async def scenario():
        async with support.running(tmp_path, main) as device:
            await device.wait("halt")
            assert support.log(device)[-1] == "ValueError: gone wrong"
            device.press()
            await device.wait("log", line="edge 0")
            await device.reset()
            await device.wait("halt")

    asyncio.run(scenario())


def test_wait_explains_what_was_there_instead(tmp_path):
    async def scenario():
        async with support.running(tmp_path, "print('12 I state HERE')\nprint('13 I x y')") as device:
            await device.wait("halt")
            assert (await device.wait("state", state="HERE"))["state"] == device.state == "HERE"
            with pytest.raises(
                TimeoutError, match=r"no state state='THERE' within 0.01 s; last state HERE(?s:.*)13 I x y"
            ):
                await device.wait("state", timeout=0.01, state="THERE")

    asyncio.run(scenario())


def test_one_device_a_directory(tmp_path):
    async def scenario():
        async with support.running(tmp_path, ""):
            with pytest.raises(UserError, match="another device is running on"):
                VirtualDevice(tmp_path / "device")
        async with support.running(tmp_path, "") as device:
            await device.wait("halt")

    asyncio.run(scenario())


def test_the_process_ends_with_the_bench(tmp_path):
    """Even when the bench is killed, no interpreter is left behind."""
    script = (
        "import asyncio, sys\n"
        "from firstlight.bench.device import VirtualDevice\n"
        "async def main():\n"
        "    device = VirtualDevice(sys.argv[1] + '/device', firmware=sys.argv[1] + '/firmware')\n"
        "    await device.start()\n"
        "    await device.wait('log', line='up')\n"
        "    print(device.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    support.firmware(tmp_path, "import asyncio\nprint('up')\nasyncio.run(asyncio.Event().wait())")
    bench = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True)
    pid = int(bench.stdout.readline())
    bench.kill()
    bench.wait()
    bench.stdout.close()
    deadline = time.monotonic() + 5
    while _runs(pid):
        assert time.monotonic() < deadline, "the interpreter outlived the bench"
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True).stdout
    return not state.startswith("Z")


def test_nothing_of_the_host_shows(tmp_path):
    """The firmware sees a board: no host modules, files, variables or descriptors."""
    expressions = (
        "[name for name in ('system', 'getenv', 'putenv', 'unsetenv', 'VfsPosix') if hasattr(os, name)]",
        "hasattr(__import__('vfs'), 'VfsPosix')",
        "(sys.platform, sys.path, sys.argv, hasattr(sys, 'executable'))",
        "tuple(os.uname())[:2] + (os.uname().machine, sys.implementation[2], sys.implementation[4])",
        "(os.getcwd(), sorted(os.listdir('/')))",
        "sorted(sys.modules)",
        "open(3)",
        "os.stat('/etc')",
        "time.time() < 10",
        "time.gmtime(0)",
        "time.mktime((2000, 1, 1, 0, 0, 0, 0, 0))",
        "0 <= time.ticks_ms() < 10000",
        "os.statvfs('/')[:3] + os.statvfs('/')[5:]",
        "[hasattr(machine, name) for name in ('mem8', 'PinBase')]",
    )
    values = asyncio.run(support.answers(tmp_path, *expressions))
    modules = (
        "_thread asyncio asyncio.core esp esp32 gc machine neopixel network os select socket sys time vfs"
    )
    assert values == [
        [],
        False,
        ("esp32", ["", ".frozen", "/lib"], [], False),
        (
            "esp32",
            "esp32",
            "Generic ESP32 module with ESP32",
            "Generic ESP32 module with ESP32",
            "ESP32_GENERIC",
        ),
        ("/", ["boot.py", "main.py"]),
        modules.split(),
        "TypeError(\"can't convert 'int' object to str implicitly\",)",
        "OSError(2,)",
        True,
        (2000, 1, 1, 0, 0, 0, 5, 1),
        0,
        True,
        (4096, 4096, 512, 0, 0, 0, 0, 255),
        [False, False],
    ]
