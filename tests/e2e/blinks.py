"""How true a virtual device's light keeps time: on and off times by the device's own clock."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from firstlight.bench.device import VirtualDevice
from firstlight.bench.world import AccessPoint, World
from firstlight.phone import Portal

_WRAP = 1 << 30  # ticks_us() begins anew every 18 minutes


@dataclass(frozen=True)
class Error:
    """Parts of the nominal time by which `count` on and off times were wrong, whichever way.

    most: 19 of 20 were wrong by no more.
    """

    median: float
    most: float
    worst: float
    count: int

    def __str__(self) -> str:
        parts = f"median {self.median:.1%}, 19 of 20 within {self.most:.1%}, worst {self.worst:.1%}"
        return f"{parts} of {self.count}"


def times(events: list[dict]) -> list[tuple[bool, float]]:
    """(lit, ms) of every whole on or off time in `led` events."""
    edges: list[tuple[bool, int]] = []
    for event in events:
        if event["event"] == "led":
            lit = event["rgb"] != "000000"
            if not edges or edges[-1][0] != lit:
                edges.append((lit, event["us"]))
    pairs = itertools.pairwise(edges)
    return [(lit, (end - begin) % _WRAP / 1000) for (lit, begin), (_, end) in pairs]


def error(events: list[dict], on: float, off: float) -> Error:
    """What a blink of these ms was wrong by. Raises ValueError when it never blinked."""
    wrong = sorted(abs(ms - (on if lit else off)) / (on if lit else off) for lit, ms in times(events))
    if not wrong:
        raise ValueError("no blink")
    return Error(statistics.median(wrong), wrong[len(wrong) * 19 // 20], wrong[-1], len(wrong))


def stillness(events: list[dict]) -> float:
    """The longest time without a change between the first and the last of these events, in ms."""
    first, *_, last = events
    changes = [event["ms"] for event in events if event["event"] == "led"]
    moments = [first["ms"], *changes, last["ms"]]
    return max(end - begin for begin, end in itertools.pairwise(moments))


async def while_serving(directory: Path, board: str, seconds: float) -> tuple[Error, int]:
    """Error of WAIT_CONFIG's blink while the portal serves its page without a pause, and how often it did."""
    device = VirtualDevice(directory, board=board)
    try:
        await device.start()
        await device.wait("ap", up=True)
        async with visitors(device.portal_url, 3) as loads:
            begin = len(device.events)
            await asyncio.sleep(seconds)
            events = device.events[begin:]
        return error(events, 50, 500), len(loads)
    finally:
        await device.stop()


async def while_looking_up(directory: Path, board: str, seconds: float) -> list[dict]:
    """The events from CONNECTING_CLOUD on, while the device looks its server's name up for so long."""
    home = AccessPoint(b"Home", "correct horse", security="WPA2")
    world = World((home,), scale=0.02, lookup=seconds)
    overrides = {"REPLY_S": 0.1, "PATIENCE_S": seconds + 5}
    device = VirtualDevice(directory, board=board, world=world, overrides=overrides)
    try:
        await device.start()
        await device.wait("ap", up=True)
        async with Portal(device.portal_url) as portal:
            await portal.opened()
            await portal.configure("Home", "correct horse", token="t" * 32, host="mqtt://slow.example")
        await device.wait("state", state="CONNECTING_CLOUD")
        begin = len(device.events) - 1
        await device.wait("log", line=lambda line: " 710 " in line, timeout=seconds + 5)  # no such name
        return device.events[begin:]
    finally:
        await device.stop()


async def while_scanning(directory: Path, board: str) -> list[dict]:
    """The events of a scan that the page asks for; it takes as long as a chip's: 2.2 s."""
    device = VirtualDevice(directory, board=board, world=World())
    try:
        await device.start()
        await device.wait("ap", up=True)
        async with Portal(device.portal_url) as portal:
            await portal.opened()
            await portal.scan()  # the first one also switches the station on
            begin = await _next_change(device)
            await portal._get("/wifi_scan.json?fresh=1")  # else the rows of a moment ago
        end = await _next_change(device)
        return device.events[begin : end + 1]
    finally:
        await device.stop()


async def _next_change(device: VirtualDevice) -> int:
    """The place of the next `led` event among the device's."""
    seen = asyncio.Event()
    device.subscribe(lambda event: seen.set() if event["event"] == "led" else None)
    await seen.wait()
    return len(device.events) - 1


@contextlib.asynccontextmanager
async def visitors(url: str, count: int) -> AsyncIterator[list[int]]:
    """So many browsers that load the page again and again; the list holds the bytes of each load."""
    place = urlsplit(url)
    loads: list[int] = []

    async def load() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n")
            page = await reader.read(-1)
            if not page:  # its request came so late that its connection made room for another
                raise ConnectionResetError
            assert page.startswith(b"HTTP/1.1 200 "), page[:80]
            loads.append(len(page))
        finally:
            writer.close()

    async def browse() -> None:
        while True:
            try:
                await load()
            except ConnectionError:  # the access point is up a moment before the server
                await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(browse()) for _ in range(count)]
    try:
        yield loads
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if not isinstance(end, asyncio.CancelledError):
            raise end
