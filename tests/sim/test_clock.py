"""The clock of a device that was just switched on: NTP through the air, and what happens without it."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

import support
from firstlight.bench.ntp import time_server
from firstlight.bench.world import World
from support import HOME, SCALE

PARTS = (
    "core/cut",
    "core/date",
    "core/log",
    "core/aside",
    "net/wait",
    "net/stream",
    "net/fetch",
    "net/ntp",
    "net/probe",
    "main_clock",
)
BUILD = 1795348800  # Nov 22 2026 12:00:00
NOW = BUILD + 100 * 86400 + 0.5

MAIN = """
    import asyncio, machine, network, sys, time
    sys.path.append("/")
    from main_clock import Clock

    async def main():
        clock = Clock("Nov 22 2026 12:00:00")
        print("before", clock.is_set(), time.gmtime()[0])
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        sta.connect("Home", "correct horse")
        while not sta.isconnected():
            await asyncio.sleep_ms(5)
        print("joined")
        for _ in range({rounds}):
            await clock.ensure("pool.example", {ms}, "{url}")
            print("now", clock.now(), clock.is_set(), time.gmtime()[:3], time.time() < 1 << 31)
            {between}
        print("done")
        if {again} and machine.reset_cause() in (0, 1):
            machine.reset()

    asyncio.run(main())
"""


@asynccontextmanager
async def device(tmp_path, servers, *, ms=3000, url="", rounds=1, between="pass", again=False, **options):
    """A device whose internet has these names. again: it resets itself once."""
    main = MAIN.format(ms=ms, url=url, rounds=rounds, between=between, again=again)
    options["world"] = World((HOME,), scale=SCALE, names=servers)
    async with support.running(tmp_path, main, parts=PARTS, **options) as one:
        await one.wait("log", line="joined")
        yield one


def told(device) -> list[int]:
    """What its clock showed after each ensure()."""
    return [int(line.split()[1]) for line in support.log(device) if line.startswith("now ")]


def warned(device) -> list[str]:
    return [line.split("clock ")[1] for line in support.log(device) if re.match(r"\d+ W clock ", line)]


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_nodemcu"])
def test_a_clock_that_starts_in_2000_is_set_by_ntp(tmp_path, board):
    async def scenario():
        async with (
            time_server(lambda: NOW) as server,
            device(tmp_path, {"pool.example": server.address}, board=board, rounds=2, again=True) as one,
        ):
            await one.wait("log", line="done")
            assert "before False 2000" in support.log(one)
            assert all(NOW - 1 <= seconds <= NOW + 5 for seconds in told(one)) and len(told(one)) == 2
            assert any(line.endswith("True (2027, 3, 2) True") for line in support.log(one))
            assert server.asked == 1, "once a boot"
            await one.wait("log", line="before True 2027")
            await one.wait("log", line="done")
            assert server.asked == 2 and not warned(one)

    asyncio.run(scenario())


def test_lost_datagrams_are_sent_again(tmp_path):
    async def scenario():
        async with time_server(lambda: NOW) as server:
            server.lost = 2
            async with device(tmp_path, {"pool.example": server.address}, ms=8000) as one:
                await one.wait("log", line="done", timeout=15)
                assert server.asked == 3 and abs(told(one)[0] - NOW) < 10

    asyncio.run(scenario())


def test_without_an_answer_it_starts_at_the_build_date_and_asks_again_when_in_doubt(tmp_path):
    async def scenario():
        async with time_server(lambda: NOW) as server:
            server.lost = 1
            names = {"pool.example": server.address}
            async with device(tmp_path, names, ms=300, rounds=2, between="clock.doubt()") as one:
                await one.wait("log", line="done")
                first, second = told(one)
                assert BUILD <= first <= BUILD + 5 and abs(second - NOW) < 10
                assert warned(one) == ["nobody tells the time: it starts at the build date"]

    asyncio.run(scenario())


def test_a_kiss_of_death_and_times_that_cannot_be_are_refused(tmp_path):
    async def scenario(number, clock, stratum):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with time_server(clock) as server:
            server.stratum = stratum
            async with device(folder, {"pool.example": server.address}, ms=5000) as one:
                start = time.monotonic()
                await one.wait("log", line="done")
                assert time.monotonic() - start < 4, "a refusal is not waited out"
                assert BUILD <= told(one)[0] <= BUILD + 5 and server.asked == 1

    for number, (clock, stratum) in enumerate(
        [(lambda: NOW, 0), (lambda: BUILD - 2 * 86400, 2), (lambda: 3_100_000_000, 2)]
    ):
        asyncio.run(scenario(number, clock, stratum))


def test_a_clock_that_can_be_right_stays_without_an_answer(tmp_path):
    """After a reset, which the clock runs through."""

    async def scenario():
        async with time_server(lambda: NOW) as server:
            names = {"pool.example": server.address}
            async with device(tmp_path, names, ms=900, rounds=2, again=True) as one:
                await one.wait("log", line=lambda line: line.startswith("now "))
                server.lost = 100
                await one.wait("log", line="done")
                await one.wait("log", line="done")
                assert warned(one) == ["nobody tells the time: it stays as it is"]
                assert all(abs(seconds - NOW) < 20 for seconds in told(one)) and len(told(one)) == 4

    asyncio.run(scenario())


def test_where_ntp_is_blocked_a_web_server_tells_the_date(tmp_path):
    async def web(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nDate: Tue, 02 Mar 2027 12:00:00 GMT\r\n\r\n")
        await writer.drain()
        writer.close()

    async def scenario():
        server = await asyncio.start_server(web, "127.0.0.1")
        names = {"web.example": server.sockets[0].getsockname()[:2]}
        async with device(tmp_path, names, ms=500, url="http://web.example/generate_204") as one:
            await one.wait("log", line="done")
            assert abs(told(one)[0] - NOW) < 10 and not warned(one)
        server.close()

    asyncio.run(scenario())


def test_datagrams_are_lost_while_there_is_no_internet(tmp_path):
    """The look-up was before; the questions wait for nothing and nobody answers them later."""
    main = """
        import asyncio, network, socket
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        sta.connect("Home", "correct horse")
        while not sta.isconnected():
            pass
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(0.3)
        sock.connect(socket.getaddrinfo("echo.example", 7, 0, socket.SOCK_DGRAM)[0][-1])
        number = 0
        while True:
            try:
                number += 1
                sock.send(str(number).encode())
                print("heard", sock.recv(20))
            except OSError:
                print("silence")
        """

    async def scenario():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
            echo.bind(("127.0.0.1", 0))
            threading.Thread(target=_echo, args=(echo,), daemon=True).start()
            names = {"echo.example": echo.getsockname()}
            here, away = World((HOME,), SCALE, names), World((replace(HOME, internet=False),), SCALE, names)
            async with support.running(tmp_path, main, world=here) as one:
                await one.wait("log", line=lambda line: line.startswith("heard b'"))
                one.world = away
                await one.wait("log", line="silence")
                one.world = here
                await one.wait("log", line=lambda line: line.startswith("heard b'"))
                numbers = [int(line[8:-1]) for line in support.log(one) if line.startswith("heard")]
                assert numbers == sorted(set(numbers)), "none comes late or twice"

    asyncio.run(scenario())


def _echo(sock: socket.socket) -> None:
    try:
        while True:
            data, peer = sock.recvfrom(100)
            sock.sendto(data, peer)
    except OSError:
        pass  # closed: the test is over
