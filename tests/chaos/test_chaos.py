"""A slice of `make chaos`, and what holds it together: the proxy, the table, the rules."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import ssl
from dataclasses import replace
from pathlib import Path

import kinds
import pytest
import report
from broker import MISSING, find
from impostors import Certificates, Impostors
from judge import Evidence, Outcome, judge
from play import SCALE, play
from proxy import Mode, Proxy
from rich.console import Console
from scenarios import Fault, Scenario, draw
from scene import prepare
from stored import firmware

APPLICATION = Path(__file__).with_name("application") / "app.py"
SEEDS = range(1, 13)
FAULT = Fault("vanish", 1.0, 5.0)
SCENARIO = Scenario(1, "esp32_devkit", False, False, (FAULT,))
ACCOUNT = {"token": "t", "server": "s", "networks": []}


@pytest.mark.alone
def test_a_slice_of_the_campaign(tmp_path):
    """All at a time: they mostly wait."""
    if not find():
        if os.environ.get("FIRSTLIGHT_REQUIRE_MOSQUITTO") == "1":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    tree = firmware(tmp_path / "firmware", APPLICATION)
    prepare(map(draw, SEEDS), tree, SCALE)

    async def whole() -> list[Outcome]:
        return await asyncio.gather(*(play(draw(seed), tmp_path / f"{seed}", tree) for seed in SEEDS))

    out = io.StringIO()
    for outcome in asyncio.run(whole()):
        if outcome.problems:
            report.failure(Console(file=out, width=200), outcome)
    if out.getvalue():
        pytest.fail(out.getvalue(), pytrace=False)


def test_a_seed_is_a_scenario():
    assert draw(5) == draw(5) != draw(6)
    scenarios = [draw(seed) for seed in range(300)]
    assert {fault.kind for scenario in scenarios for fault in scenario.faults} == {
        name for name, kind in kinds.possible().items() if not kind.tls or "tls" not in kinds.WITHOUT
    }
    assert {len(scenario.faults) for scenario in scenarios} == {1, 2, 3, 4, 5}
    assert draw(5, "stall").faults != draw(5).faults
    assert "stall" in [fault.kind for fault in draw(5, "stall").faults]


def test_the_table_is_whole(monkeypatch):
    """Every kind has a reason, and is drawn once the firmware can all that it needs."""
    assert all(
        kind.reason and kind.needs in ("", "tls", "probe", "redirect") for kind in kinds.KINDS.values()
    )
    monkeypatch.setattr(kinds, "WITHOUT", ())
    assert kinds.possible() == kinds.KINDS
    assert 712 in kinds.allowed("captive portal")
    drawn = [draw(seed) for seed in range(300)]
    assert {fault.kind for scenario in drawn for fault in scenario.faults} == set(kinds.KINDS)
    assert not any(
        kinds.KINDS[fault.kind].tls for scenario in drawn if not scenario.tls for fault in scenario.faults
    )


# The rules, on stories that are written by hand.


def evidence(*events: tuple[float, dict], **changes: object) -> Evidence:
    story = [
        (0.0, {"event": "boot", "cause": "power-on"}),
        (1.0, {"event": "fault", "kind": "vanish", "begins": True}),
        (2.0, {"event": "fault", "kind": "vanish", "begins": False}),
        *events,
    ]
    given = Evidence(
        SCENARIO, sorted(story, key=lambda entry: entry[0]), 0.1, True, 2.0, 0.5, False, [], {}, ACCOUNT
    )
    stored = {"verified": dict(ACCOUNT), "candidate": None}
    return replace(given, **{"stored": stored, **changes})


def now(at: float, state: str) -> tuple[float, dict]:
    return at, {"event": "state", "state": state}


def log(at: float, line: str) -> tuple[float, dict]:
    return at, {"event": "log", "line": line}


def reset(at: float, cause: str) -> tuple[float, dict]:
    return at, {"event": "reset", "cause": cause}


STALLED = replace(SCENARIO, faults=(Fault("stall", 1.0, 5.0),))
REFUSED = replace(SCENARIO, faults=(Fault("refused", 1.0, 5.0),))
RUNNING = log(3.0, "9 I state RUNNING")
LOST = log(3.0, "9 W cloud lost: gone")
STRANGE = {**ACCOUNT, "token": "x"}
DYING = 7.0, {"event": "dying"}
RESTART = log(3.0, "99 I agent restart for WAIT_CONFIG")


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        (evidence(), None),
        (evidence(recovery=6.1), "RUNNING too late"),
        (evidence(lost=True), "RUNNING, and lost again with nothing the matter"),
        (evidence(recovery=None), "never RUNNING again"),
        (evidence(log(1.5, "9 W wifi 720 network not found")), None),
        (evidence(DYING, log(7.1, "9 W cloud 705 lost: bye"), (7.2, {"event": "off"})), None),
        (evidence(log(6.9, "9 W cloud 702 an attempt that began while it lasted")), None),
        (evidence(log(7.1, "9 W wifi 720 network not found")), "code 720"),
        (evidence(log(1.5, "9 W wifi 722 wrong Wi-Fi password")), "code 722"),
        (evidence(reset(3.0, "button")), None),
        (evidence(reset(3.0, "watchdog")), "restarted by itself"),
        (evidence(RESTART, reset(3.1, "reset"), scenario=STALLED), "restarted by itself"),
        (evidence(RESTART, reset(3.1, "reset"), scenario=REFUSED), None),
        (evidence(RUNNING, reset(3.1, "reset"), scenario=REFUSED), "restarted by itself"),
        (evidence((3.0, {"event": "halt"})), "halted"),
        (evidence(log(3.0, "9 I state ERROR")), "error"),
        (evidence(log(3.0, "9 E agent MemoryError: ")), "error"),
        (evidence(LOST, now(3.4, "CONNECTING_NET")), None),
        (evidence(LOST, (3.6, {"event": "off"})), "RUNNING, with the cloud lost"),
        (evidence(stored={"verified": None, "candidate": None}), "its credentials are gone"),
        (evidence(stored={"verified": STRANGE, "candidate": None}), "stored otherwise than before"),
        (evidence(stored={"verified": ACCOUNT, "candidate": ACCOUNT}), "a candidate is stored"),
        (evidence(arrivals=[number / 10 for number in range(80)], scale=0.05), None),
        (evidence(arrivals=[number / 10 for number in range(80)]), "too many connections"),
    ],
)  # fmt: skip
def test_what_counts_as_wrong(case, problem):
    assert [text.split(" (")[0] for text in judge(case).problems] == ([problem] if problem else [])


def blinking(on: int, off: int, rgb: str = "24C48E") -> list[tuple[float, dict]]:
    events, us = [now(0.0, "CONNECTING_CLOUD")], 0
    while us < 3_000_000:
        for light, ms in ((rgb, on), ("000000", off)):
            events.append((us / 1e6, {"event": "led", "rgb": light, "us": us}))
            us += ms * 1000
    return [*events, (3.0, {"event": "off"})]


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        (blinking(100, 100), None),
        (blinking(50, 500), "light of CONNECTING_CLOUD is dark for other than 100 ms, 500"),
        (blinking(100, 100, "0000FF"), "light of CONNECTING_CLOUD shows 0000FF"),
        (blinking(5000, 5000), "light of CONNECTING_CLOUD does not change"),
        ([now(0.0, "RUNNING"), *blinking(50, 500)[1:]], "light of RUNNING goes dark"),
        ([*blinking(100, 100)[:5], (1.0, {"event": "off"})], None),
    ],
)  # fmt: skip
def test_what_the_light_must_show(events, problem):
    found = judge(evidence(*events)).problems
    assert [text.split(" (")[0] for text in found] == ([problem] if problem else [])


@pytest.mark.parametrize(("problems", "status"), [([], 0), (["code 720 (…)"], 1)])
def test_the_last_line(problems, status):
    out = io.StringIO()
    outcomes = [Outcome(SCENARIO, 4.2, problems, [("vanish", 720)])]
    console = Console(file=out, width=200)
    console.print(report.table(outcomes))
    assert report.verdict(console, outcomes, 1, 0.1) == status
    assert "720 x 1" in out.getvalue()
    assert out.getvalue().splitlines()[-1].startswith("chaos: failed 1 " if status else "chaos: ok 1 ")


# The proxy and the impostors, met by clients of CPython's.


@contextlib.asynccontextmanager
async def echo():
    async def serve(reader, writer):
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def test_the_proxy_does_what_networks_do():
    async def said(reader, writer, act: str, within: float = 0.1) -> bytes | str:
        try:
            if act != "cut":  # what nobody reads any more would be answered with RST
                writer.write(b"hello")
            return await asyncio.wait_for(reader.read(300), within)
        except asyncio.TimeoutError:
            return "nothing"
        except ConnectionResetError:
            return "reset"

    async def scenario() -> None:
        async with echo() as port, Proxy(Mode("pass", port), delay=0.2) as proxy:
            old = await asyncio.open_connection("127.0.0.1", proxy.port)
            assert await said(*old, "pass") == b"hello" and proxy.visited
            for act, before, after in (
                ("delay", "nothing", "nothing"),
                ("stall", "nothing", "nothing"),
                ("cut", b"", b""),
                ("reset", "reset", "reset"),
            ):
                old = await asyncio.open_connection("127.0.0.1", proxy.port)
                proxy.change(Mode(act, port))
                assert await said(*old, act) == before, act
                new = await asyncio.open_connection("127.0.0.1", proxy.port)
                assert await said(*new, act) == after, act
                proxy.change(Mode("pass", port))
                if act in ("delay", "stall"):  # what was held comes after all
                    assert await asyncio.wait_for(old[0].read(5), 1) == b"hello"
            proxy.change(Mode("garbage", port))
            spoilt = await asyncio.open_connection("127.0.0.1", proxy.port)
            assert await said(*spoilt, "garbage") not in (b"hello", b"", "nothing", "reset")
            proxy.change(Mode("pass", port))
            assert await said(*spoilt, "pass") == "reset"

    asyncio.run(scenario())


def test_the_impostors_are_what_they_say():
    """A client that verifies meets the broker behind the good certificate only."""

    async def meets(proxy: Proxy, certificates: Certificates) -> str:
        context = ssl.create_default_context(cadata=certificates.root.decode())
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", proxy.port, ssl=context, server_hostname="broker.example"
            )
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        writer.write(b"\x10\x0c\0\4MQTT\4\2\0\x2d\0\0")
        answer = await reader.read(10)
        writer.transport.abort()
        return answer.hex()

    async def scenario() -> None:
        certificates = Certificates("broker.example")
        async with echo() as port, Impostors(port, certificates) as impostors:
            for kind, answer in (
                ("expired", "certificate has expired"),
                ("wrong name", "Hostname mismatch"),
                ("self-signed", "self-signed certificate"),
                ("refused", "20020005"),
            ):
                async with Proxy(Mode("pass", impostors.ports[kind]), 0.1) as proxy:
                    assert (await meets(proxy, certificates)).startswith(answer), kind
            for kind, start in (("captive portal", b"HTTP/1.1 302"), ("internet", b"HTTP/1.1 204")):
                reader, writer = await asyncio.open_connection("127.0.0.1", impostors.ports[kind])
                writer.write(b"\x10\x0c\0\4MQTT\4\2\0\x2d\0\0")
                assert (await reader.read(100)).startswith(start)
                writer.close()

    asyncio.run(scenario())
