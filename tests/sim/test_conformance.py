"""The stand-ins answer what the real ESP32 image answered, expression by expression."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import tempfile
from pathlib import Path

import pytest
import record

import support
from firstlight.bench.device import VirtualDevice
from firstlight.bench.radio import LEASE
from firstlight.bench.world import AccessPoint, World

MAC = "24:0A:C4:00:12:3A"
SCALE = 0.03
RIGHT_HERE = World(
    (
        AccessPoint(b"PICSimLabWifi", channel=1, rssi=-17, security="OPEN"),
        AccessPoint(b"Espressif", channel=5, rssi=-29, security="OPEN"),
        AccessPoint(b"MasseyWifi", channel=10, rssi=-32, security="OPEN"),
    ),
    scale=SCALE,
)
SECTIONS = (
    "AP_IF config/status",
    "AP_IF channel/max_clients",
    "STA, fresh boot",
    "STA, every call",
    "connect() lengths",
    "Pin, PWM, Timer",
    "PWM channels",
    "NeoPixel",
)

# What is not compared, and why.
LEFT_OUT = {
    r"^\[\(x,getattr\(network,x\)\)": "lists Ethernet and PPP, too: test_network_constants compares the rest",
    r"^t\.value\(\)$": "how far a running timer is: a timing",
    r"\bADC\b|\bI2C\b|\bUART\b|\bSPI\b": "ADC and the buses are not stood in",
    r"^L=\[PWM\(Pin\(q\),freq=1000": "the record says itself not to take the 16th channel's refusal",
    r"^PWM\(Pin\(32\),freq=1000\)": "follows from that refusal",
    r"^a\.status\('stations'\)$|^a\.isconnected\(\)$": "needs a phone: test_stations drives one",
}
# Lines that are no expressions and not printed by one.
OTHER_LINES = {
    r"^---": "a heading",
    r"^(udp )?sockets 10 ": "sockets are the host's: they do not run out at 10",
    r"^(wait_for|create_task|cancelled|Task exception|future|task|await|gather|run\()": "asyncio is real",
    r"^(Traceback|  File|ValueError: boom)": "of that section's asyncio part",
    r"^\d+ (PWM\(|OSError|ValueError)": "printed by a loop: test_pwm_channels",
}
# Seconds (of the record) after a step whose timeline went on changing nothing visible: reconnects=3 used up.
SETTLE = {("STA, every call", "s.connect('NoSuchSSID','12345678')"): 12.0}


def left_out(code: str) -> str | None:
    """The reason why an expression is not compared, or None."""
    return next((reason for pattern, reason in LEFT_OUT.items() if re.search(pattern, code)), None)


def here(text: str) -> str:
    """The record's addresses as this world hands them out."""
    if "192.168.4.15" in text or "'192.168.4.2'" in text or "'192.168.4.3'" in text:
        for theirs, ours in (("15", LEASE["ip"]), ("2", LEASE["gateway"]), ("3", LEASE["dns"])):
            text = re.sub(rf"192\.168\.4\.{theirs}(?=')", ours, text)
    return text


def same(code: str, result: str | None) -> object:
    """A result as it is compared: of a scan only what the world does not decide, of dir() not the order."""
    if "dir(" in code and result:
        return sorted(ast.literal_eval(result))
    if code == "s.scan()" and result and result.startswith("[("):
        return sorted(
            (row[0], len(row[1]), row[2], row[3] < 0, row[4], row[5]) for row in ast.literal_eval(result)
        )
    return result


async def replay(steps: list[record.Step], title: str) -> list[dict]:
    """The answers of a fresh virtual device to the expressions of a section."""
    job = [[here(s.code), s.timeline, SETTLE.get((title, s.code), 0) if s.timeline else 0] for s in steps]
    with tempfile.TemporaryDirectory() as directory:
        firmware = Path(directory) / "firmware"
        firmware.mkdir()
        (firmware / "main.py").write_text(Path(__file__).with_name("replay_main.py").read_text())
        (firmware / "steps.json").write_text(json.dumps({"scale": SCALE, "steps": job}))
        device = VirtualDevice(Path(directory) / "device", mac=MAC, world=RIGHT_HERE, firmware=firmware)
        try:
            await device.start()
            await device.wait("log", timeout=60, line="@done")
        finally:
            await device.stop()
    lines = [event["line"] for event in device.events if event["event"] == "log"]
    return [json.loads(line[1:]) for line in lines if line.startswith("@{")]


@pytest.fixture(scope="module")
def answers() -> dict[str, list[tuple[record.Step, dict]]]:
    """Each section replayed on a device of its own, all at once."""

    async def everything() -> list[list[dict]]:
        return await asyncio.gather(*(replay(compared(title), title) for title in SECTIONS))

    replayed = zip(SECTIONS, asyncio.run(everything()), strict=True)
    return {title: list(zip(compared(title), rows, strict=True)) for title, rows in replayed}


def compared(title: str) -> list[record.Step]:
    """The steps of a section that are replayed."""
    return [step for step in record.steps(title) if not left_out(step.code)]


@pytest.mark.alone  # a state that lasts a few ms is seen only by a chip that is not kept waiting
@pytest.mark.parametrize("title", SECTIONS)
def test_section(title, answers):
    """Values, types, exceptions, printed lines, and the order of states."""
    wrong = []
    for step, row in answers[title]:
        expected = None if step.result is None else here(step.result)
        if same(step.code, row["result"]) != same(step.code, expected):
            wrong.append(f"{step.code}\n    port  {expected}\n    bench {row['result']}")
        if row["printed"] != step.printed:
            wrong.append(f"{step.code} printed\n    port  {step.printed}\n    bench {row['printed']}")
        if step.timeline is not None and [tuple(state) for state in row["timeline"]] != step.timeline:
            wrong.append(f"{step.code} went through\n    port  {step.timeline}\n    bench {row['timeline']}")
    assert not wrong, "\n".join(wrong)


def test_no_line_is_overlooked():
    """Every line of these sections is replayed, or listed above with its reason."""
    overlooked = []
    for title in SECTIONS:
        printed = [line for step in record.steps(title) for line in step.printed]
        for line in record.section(title):
            known = line.startswith((">>> ", "   timeline ")) or line in printed
            if not known and not any(re.search(pattern, line) for pattern in OTHER_LINES):
                overlooked.append(line)
    assert not overlooked, "\n".join(overlooked)


def test_network_constants(tmp_path):
    """Those of Wi-Fi; a product that asks for Ethernet's finds that they are missing."""
    step = next(step for step in record.steps("AP_IF config/status") if step.code.startswith("[(x,getattr"))
    port = re.findall(r"\('(\w+)', (\d+)\)", step.result)
    port = [(name, int(value)) for name, value in port if not name.startswith(("ETH_", "PHY_"))]
    expression = "[(x, getattr(network, x)) for x in dir(network) if x.isupper() and x != 'WLAN']"
    [bench] = asyncio.run(support.answers(tmp_path, expression))
    assert sorted(bench) == sorted(port)


def test_stations(tmp_path):
    """`connect() lengths, AP with a station`: the list and isconnected() follow the phone."""
    main = """
        import network, time
        ap = network.WLAN(network.AP_IF)
        ap.active(True)
        seen = ap.status("stations")
        print("up")
        for _ in range(2):
            while (now := ap.status("stations")) == seen:
                time.sleep_ms(5)
            seen = now
            print(ap.isconnected(), seen)
        """

    async def scenario() -> list[str]:
        async with support.running(tmp_path, main) as device:
            await device.wait("log", line="up")
            device.portal.associate(bytes.fromhex("100100c40a56"))
            await device.wait("log", line="True [(b'\\x10\\x01\\x00\\xc4\\nV',)]")
            device.portal.part(bytes.fromhex("100100c40a56"))
            await device.wait("log", line="False []")

    asyncio.run(scenario())


def test_pwm_channels(tmp_path):
    """Which channel and timer each pin gets, by two loops as the record's."""
    setup = """
        from machine import PWM, Pin
        def made(pin, **settings):
            try:
                kept.append(PWM(Pin(pin), **settings))
                return "{} {}".format(pin, kept[-1])
            except Exception as error:
                return "{} {!r}".format(pin, error)
        kept = [PWM(Pin(4), freq=1000)]
        same = [made(pin, freq=1000, duty_u16=1000) for pin in (4,5,12,13,14,15,16,17,18,19,21,22,23,25,26)]
        for pwm in kept:
            pwm.deinit()
        pins = (4,5,12,13,14,15,16,17,18)
        different = [made(pin, freq=100 + at * 137) for at, pin in enumerate(pins)]
        """
    same, different = asyncio.run(support.answers(tmp_path, "same", "different", setup=setup))
    port = [line for line in record.section("PWM channels") if re.match(r"\d+ (PWM|ValueError)", line)]
    assert same + different == port


def test_ap_lost_and_back(tmp_path):
    """All networks off the air and on again: beacon timeout, not found, and connected by itself."""
    main = """
        import network, time
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        sta.connect("PICSimLabWifi")
        last = None
        while True:
            state = (sta.status(), sta.isconnected())
            if state != last and state[0] == sta.status():  # no event between the two calls
                print("=", state)
                last = state
                if state[0] == 201:
                    print(sta.ifconfig(), sta.scan())
            time.sleep_ms(2)
        """

    async def scenario() -> list[str]:
        async with support.running(tmp_path, main, world=RIGHT_HERE) as device:
            await device.wait("log", line="= (1010, True)")
            device.world = World(scale=SCALE)
            await device.wait("log", line="= (201, False)")
            await device.wait("log", line=here("('0.0.0.0', '0.0.0.0', '0.0.0.0', '192.168.4.3') []"))
            device.world = RIGHT_HERE
            await device.wait("log", line="= (1010, True)")
            return support.log(device)

    lines = asyncio.run(scenario())
    port = [re.search(r"\[\(\d.*", line)[0] for line in record.section("AP lost") if "timeline" in line]
    wanted = record.timeline(port[0]) + record.timeline(port[-1])[1:]
    assert [ast.literal_eval(line[2:]) for line in lines if line.startswith("= ")] == wanted
