"""What the serial console understands. At the REPL: `import console`, then `console.devinfo()` and so on."""

import gc
import json
import os
import sys
from time import ticks_ms

import machine
import network

import product
from core import log
from provisioning import identity
from provisioning.agent import CONFIGURING, CONNECTING_NET, IDLE, REBOOT, RESET_CONFIG, WAIT_CONFIG


def obey(line, agent):
    """Do what the line says. Without an agent, as at the REPL, the stored record and a reset do it."""
    command = _COMMANDS.get(" ".join(line.split()))
    if command:
        command(agent)
    else:
        print("there are: config start|stop|erase, reboot, devinfo, wifi, sys info")


def devinfo(agent=None):
    """Who it is, in one line of JSON with the keys of board_info.json."""
    mac = network.WLAN(network.STA_IF).config("mac")
    info = {
        "name": identity.own_name(product, mac),
        "uid": identity.uid(mac),
        "board": product.TEMPLATE_NAME,
        "tmpl_id": product.TEMPLATE_ID,
        "fw_type": product.FIRMWARE_TYPE,
        "fw_ver": product.FIRMWARE_VERSION,
        "hw": product.BOARD,
        "mac": identity.colons(mac),
    }
    print(json.dumps(info))


def wifi(agent=None):
    sta, ap = network.WLAN(network.STA_IF), network.WLAN(network.AP_IF)
    if sta.isconnected():
        print("station: on", _ssid(sta), sta.status("rssi"), "dBm, address", sta.ifconfig()[0])
    else:
        print("station:", "not connected, status " + str(sta.status()) if sta.active() else "off")
    if ap.active():
        print("access point:", _ssid(ap), "address", ap.ifconfig()[0])
    else:
        print("access point: off")


def _ssid(wlan):
    """An ESP32 reads one of 32 bytes without an end, and what follows it in memory is the password."""
    return log.text(wlan.config("ssid").encode()[:32])


def sys_info(agent=None):
    gc.collect()
    _, block, _, _, free = os.statvfs("/")[:5]
    cause = machine.reset_cause()
    names = [
        name[:-6] for name in dir(machine) if name.endswith("_RESET") and getattr(machine, name) == cause
    ]
    print("chip:", os.uname().machine)
    print("MicroPython:", ".".join([str(part) for part in sys.implementation.version[:3]]))
    print("free heap:", gc.mem_free(), "bytes; free flash:", block * free, "bytes")
    print("last reset:", names[0] if names else cause)
    seconds = ticks_ms() // 1000  # pyright: ignore[reportOperatorIssue]  the stub has a type of its own
    print("uptime:", seconds, "s")  # starts anew after 12 days


def reboot(agent=None):
    if not (agent and agent.request(REBOOT)):
        machine.reset()


def config_start(agent=None):
    """Open the access point for one window."""
    if agent and agent.state in (WAIT_CONFIG, CONFIGURING):
        print("the access point is open")
    elif not (agent and agent.state == IDLE and agent.request(WAIT_CONFIG)):
        _credentials(agent).ask_again()
        reboot(agent)


def config_stop(agent=None):
    """Close it, and go on with what is stored."""
    if not agent:
        _credentials(agent).asked()
        machine.reset()
    elif agent.state == WAIT_CONFIG:
        agent.request(CONNECTING_NET if agent.credentials.ready else IDLE)
    else:
        print(
            "not in", agent.state + (": wait for the phone, or reboot" if agent.state == CONFIGURING else "")
        )


def config_erase(agent=None):
    """Forget everything, as after ten seconds on the button."""
    if not agent:
        from net.radio import Radio

        _credentials(agent).erase()
        Radio().forget()
        machine.reset()
    elif not agent.request(RESET_CONFIG):
        print("not in", agent.state)


def _credentials(agent):
    if agent:
        return agent.credentials
    from main_record import stored

    return stored(sys.platform)


_COMMANDS = {
    "config start": config_start,
    "config stop": config_stop,
    "config erase": config_erase,
    "reboot": reboot,
    "devinfo": devinfo,
    "wifi": wifi,
    "sys info": sys_info,
}
