"""The firmware's own radio on virtual boards: what it finds and joins, and what it says when it cannot."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

import support
from firstlight.bench.world import AccessPoint
from support import HOME, world

ESP32, ESP8266 = "esp32_devkit", "esp8266_nodemcu"
BOTH = pytest.mark.parametrize("board", [ESP32, ESP8266])
PARTS = tuple(
    f"{room}/{name}"
    for room, names in (
        ("core", ("aside", "clock", "log")),
        ("net", ("choice", "radio", "reasons", "reasons_esp32", "station", "wait")),
    )
    for name in names
)

# One round as the firmware makes it: look around, then one network after the other until one lets us in.
ROUND = """
import asyncio, network
from net.choice import order
from net.radio import Radio
from net.station import JoinError, signal

sta, ap = network.WLAN(network.STA_IF), network.WLAN(network.AP_IF)

class Network:
    def __init__(self, ssid, password=b"correct horse", hidden=False):
        self.ssid, self.password, self.hidden = ssid, password, hidden

async def join(radio, known, bssid=None, ms=4000):
    try:
        await radio.join(known.ssid, known.password, "", ms, bssid)
    except JoinError as e:
        print("failed", known.ssid, e.reason, e.detail)
        return False
    print("joined", known.ssid, signal(sta), sta.config("channel"))
    return True

async def turn(radio, known, last=None):
    for one, bssid in order(await radio.survey(), known, last):
        if await join(radio, one, bssid):
            return
"""

TIMEOUT, NOT_FOUND, TURNED_AWAY, WRONG_PASSWORD, NO_ADDRESS = range(5)
CABIN = AccessPoint(b"Cabin", "correct horse", channel=11, rssi=-70, security="WPA2")


def said(tmp_path, main: str, *points: AccessPoint, board: str = ESP32, setup: str = "", scale=support.SCALE):
    """What `async def main(radio)` of a device prints, without the log."""
    body = "\n".join("    " + line for line in main.strip().splitlines())
    code = f"{ROUND}\n{setup}\nasync def main(radio):\n{body}\n\nasyncio.run(main(Radio()))\nprint('end')\n"

    async def scenario():
        options = {"world": world(*points, scale=scale), "board": board}
        async with support.running(tmp_path, code, parts=PARTS, **options) as device:
            await device.wait("log", line="end", timeout=30)
            return [line for line in support.log(device)[:-1] if " I wifi " not in line]

    return asyncio.run(scenario())


@BOTH
def test_the_stronger_of_two_known_networks_is_joined(tmp_path, board):
    neighbour = AccessPoint(b"Neighbour", rssi=-20, security="OPEN")
    main = "await turn(radio, [Network(b'Cabin'), Network(b'Home')])"
    assert said(tmp_path, main, CABIN, neighbour, HOME, board=board) == ["joined b'Home' -40 6"]


def test_the_next_one_when_the_strongest_lets_nobody_in(tmp_path):
    main = "await turn(radio, [Network(b'Home'), Network(b'Cabin')])"
    lines = said(tmp_path, main, CABIN, replace(HOME, refuses=203))
    assert lines == [f"failed b'Home' {TURNED_AWAY} status 203", "joined b'Cabin' -70 11"]


@BOTH
def test_a_mesh_and_an_access_point_of_it_that_goes_last(tmp_path, board):
    """Three access points on one channel; the port itself would take the strongest."""
    mesh = [replace(HOME, unit=unit, rssi=-40 - 10 * unit) for unit in range(3)]
    main = f"""
known = [Network(b"Home")]
await turn(radio, known)
await turn(radio, known, (b"Home", {mesh[0].bssid!r}))
print(len(order(await radio.survey(), known)))
"""
    lines = said(tmp_path, main, *mesh, board=board)
    assert lines == ["joined b'Home' -40 6", "joined b'Home' -50 6", "2"]


@BOTH
def test_a_guess_that_is_gone_costs_one_try(tmp_path, board):
    main = f"""
home = Network(b"Home")
if not await join(radio, home, {b"123456"!r}):
    await join(radio, home)
await join(radio, home, {HOME.bssid!r})
"""
    lines = said(tmp_path, main, HOME, board=board)
    status = 201 if board == ESP32 else 3
    assert lines == [f"failed b'Home' {NOT_FOUND} status {status}", *["joined b'Home' -40 6"] * 2]


@BOTH
def test_a_hidden_network_is_joined_by_its_name(tmp_path, board):
    """The scan shows a nameless row; of two hidden ones each gets its turn."""
    main = """
rows = await radio.survey()
print([(row[0], row[3]) for row in rows], [row[0] for row in await radio.scan()])
await turn(radio, [Network(b"Elsewhere", hidden=True), Network(b"Home", hidden=True)])
"""
    lines = said(tmp_path, main, replace(HOME, hidden=True), CABIN, board=board)
    status = 201 if board == ESP32 else 3
    assert lines == [
        "[(b'', -40), (b'Cabin', -70)] [b'Cabin']",
        f"failed b'Elsewhere' {NOT_FOUND} status {status}",
        "joined b'Home' -40 6",
    ]


@BOTH
def test_an_evil_twin_is_not_joined(tmp_path, board):
    """An open access point of our network's name, much stronger; alone it is left alone."""
    twin = replace(HOME, password="", security="OPEN", rssi=-20, unit=1)
    main = "await turn(radio, [Network(b'Home')])"
    assert said(tmp_path, main, twin, HOME, board=board) == ["joined b'Home' -40 6"]
    (tmp_path / "alone").mkdir()
    assert said(tmp_path / "alone", main, twin, board=board) == []


@pytest.mark.parametrize(
    ("board", "point", "failure"),
    [
        (ESP32, replace(HOME, refuses=203), f"{TURNED_AWAY} status 203"),
        (ESP32, replace(HOME, refuses=5), f"{TURNED_AWAY} status 5, it is full"),
        (ESP32, replace(HOME, refuses=2), f"{WRONG_PASSWORD} status 2"),
        (ESP32, replace(HOME, password="other horse"), f"{WRONG_PASSWORD} status 15"),
        (
            ESP32,
            replace(HOME, password="", security="OPEN"),
            f"{WRONG_PASSWORD} status 210, its security is another",
        ),
        (ESP32, replace(HOME, ssid=b"Elsewhere"), f"{NOT_FOUND} status 201"),
        (ESP32, replace(HOME, dhcp=False), f"{NO_ADDRESS} "),
        (ESP8266, replace(HOME, refuses=203), f"{TURNED_AWAY} status 4"),
        (ESP8266, replace(HOME, password="other horse"), f"{WRONG_PASSWORD} status 2"),
        (ESP8266, replace(HOME, ssid=b"Elsewhere"), f"{NOT_FOUND} status 3"),
        (ESP8266, replace(HOME, dhcp=False), f"{NO_ADDRESS} "),
    ],
)
def test_why_it_is_not_joined(tmp_path, board, point, failure):
    """Twice: the second time an ESP32's status() still shows the failure of the first one."""
    main = "for ms in (700, 700):\n    await join(radio, Network(b'Home'), ms=ms)\nprint(signal(sta))"
    if board == ESP32 and "status" in failure:
        main = main.replace("(700, 700)", "(2000, 6000)")  # an old failure is believed after 5 s only
    first, second, signal = said(tmp_path, main, point, board=board)
    assert first == second == f"failed b'Home' {failure}" and signal == "None"


def test_a_retrying_port_says_connecting_for_ever(tmp_path):
    """What a wrong password would look like, had the radio not told the port to leave retrying to it."""
    setup = """
from net import station
connect = station._connect
def retrying(radio, *given):
    sta.config(reconnects=-1)
    connect(radio, *given)
station._connect = retrying
"""
    main = "await join(radio, Network(b'Home'), ms=700)"
    lines = said(tmp_path, main, replace(HOME, password="other horse"), setup=setup)
    assert lines == [f"failed b'Home' {TIMEOUT} "]


def test_what_a_port_refuses_is_a_failure_too(tmp_path):
    """As a static address does that no form has let through, and a second connect()."""
    main = """
try:
    await radio.join(b"Home", b"correct horse", "1.2.3,4", 1000)
except JoinError as e:
    print(e.reason, e.detail)
await join(radio, Network(b"Home"))
"""
    lines = said(tmp_path, main, HOME)
    text = "requested length 4 but object has length 2"
    assert lines[0].endswith(f" W wifi join: {text}")
    assert lines[1:] == [f"{TURNED_AWAY} {text}", "joined b'Home' -40 6"]


@pytest.mark.parametrize(("board", "channel"), [(ESP32, 6), (ESP32, 1)])
def test_it_joins_while_the_access_point_stays_open(tmp_path, board, channel):
    """Also when the access point closes meanwhile: the connection is not its to end."""
    main = f"""
radio.host("Product")
radio.move({channel})
print(ap.active(), radio.guests())
await turn(radio, [Network(b"Home")])
print(ap.active(), radio.joined())
radio.unhost()
print(ap.active(), radio.joined(), radio.guests())
radio.leave()
print(sta.active())
"""
    assert said(tmp_path, main, HOME, board=board) == [
        "True 0",
        "joined b'Home' -40 6",
        "True True",
        "False True 0",
        "False",
    ]


def test_the_station_that_only_scanned_goes_with_the_access_point(tmp_path):
    main = (
        "radio.host('Product')\nawait radio.scan()\nprint(sta.active())\nradio.unhost()\nprint(sta.active())"
    )
    assert said(tmp_path, main, HOME) == ["True", "False"]


def test_a_join_that_is_cancelled_leaves_the_radio_off(tmp_path):
    main = """
task = asyncio.create_task(join(radio, Network(b"Elsewhere")))
await asyncio.sleep_ms(120)
print(sta.active(), await radio.survey())
task.cancel()
try:
    await task
except asyncio.CancelledError:
    print("cancelled", sta.active())
await join(radio, Network(b"Home"))
"""
    assert said(tmp_path, main, HOME, scale=0.1) == ["True []", "cancelled False", "joined b'Home' -40 6"]


@BOTH
def test_phones_on_the_access_point_are_counted(tmp_path, board):
    main = f"""
{ROUND}

async def main(radio):
    radio.host("Product")
    async def answer(stream, _):
        await stream.readline()
        stream.write(b"HTTP/1.0 200 OK\\r\\n\\r\\n%d" % radio.guests())
        await stream.drain()
        await stream.wait_closed()
    await asyncio.start_server(answer, "192.168.4.1", 80)
    print("serving")
    while radio.guests() == 0:
        await asyncio.sleep_ms(5)
    while radio.guests():
        await asyncio.sleep_ms(5)
    radio._ap = Old()
    print("old", radio.guests())

class Old:  # an ESP8266 before 1.25
    def status(self, key):
        raise ValueError("unknown status param")
    def isconnected(self):
        return True

asyncio.run(main(Radio()))
"""

    async def scenario():
        async with support.running(tmp_path, main, parts=PARTS, board=board) as device:
            device.portal.phone_stays_s = 0.1
            await device.wait("log", line="serving")
            host, port = device.portal_url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET / HTTP/1.0\n")
            assert (await reader.read()).endswith(b"\r\n\r\n1")
            writer.close()
            await device.wait("log", line="old 1")

    asyncio.run(scenario())


@BOTH
def test_the_name_that_a_router_is_told(tmp_path, board):
    """Letters, digits and hyphens, none of them at an end; a name without any leaves the port's own."""
    main = """
for name in ("Blynk Device-4K7M", " -Caf\\xe9 & Co_2- ", "x" * 31 + " yz", "y" * 40, "\\u5bb6"):
    radio.hostname(name)
    print(network.hostname())
"""
    names = ["Blynk-Device-4K7M", "Caf-Co-2", "x" * 31, "y" * 32, "y" * 32]
    assert said(tmp_path, main, board=board) == names


@BOTH
def test_modem_sleep_is_the_ports_own_unless_the_product_says_otherwise(tmp_path, board):
    main = """
for on in (True, False):
    radio.awake = not on
    await join(radio, Network(b"Home"))
    print(sta.config("pm"))
"""
    usual = "1" if board == ESP32 else "2"
    joined = "joined b'Home' -40 6"
    assert said(tmp_path, main, HOME, board=board) == [joined, usual, joined, "0"]


def test_an_esp8266_is_told_a_network_once_and_not_at_every_try(tmp_path):
    """Each time its SDK writes its flash: over years of tries that would wear it out."""
    setup = """
told = []
connect = network.WLAN.connect
def spy(wlan, *given, **more):
    told.append((given[:1], more))
    connect(wlan, *given, **more)
network.WLAN.connect = spy
"""
    main = f"""
for known in (Network(b"Elsewhere"), Network(b"Home"), Network(b"Home")):
    await join(radio, known)
await join(radio, Network(b"Home"), {HOME.bssid!r})
radio.forget()
await join(radio, Network(b"Home"))
print([given[0] for given, _ in told if given], len(told))
"""
    lines = said(tmp_path, main, HOME, board=ESP8266, setup=setup)
    assert lines[:5] == [f"failed b'Elsewhere' {NOT_FOUND} status 3", *["joined b'Home' -40 6"] * 4]
    # Three tries of the first, and the second time Home: all of these but one need no telling.
    assert lines[5:] == ["[b'Elsewhere', b'Home', b'Home', '-', b'Home'] 8"]
