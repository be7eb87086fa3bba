"""The work of each personality, done in a heap of a given size: whole virtual devices, phones, a broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firstlight.bench.device import VirtualDevice
from firstlight.bench.limits import NAMES, Limits
from firstlight.bench.names import count_names
from firstlight.board import romfs
from firstlight.board.build import PACKED, ROOT, build, names_file
from firstlight.board.small import Small
from firstlight.phone import Portal
from small_broker import SmallBroker

BOARD = "esp8266_nodemcu"
PROBE = Path(__file__).with_name("probe")
PLENTY = 120  # KB
_QUICK = {
    "ERROR_S": 0.1,
    "REPLY_S": 0.1,
    "BACKOFF_FIRST_S": 0.1,
    "BACKOFF_MOST_S": 0.2,
    "WIPE_ON_RESET": False,
}
_WORLD = """
[timing]
scale = 0.02
[[access_point]]
ssid = "Home"
password = "12345678"
[[access_point]]
ssid = "Upstairs"
password = "none of your business"
"""


class OutOfMemory(Exception):
    """The work was not done, or not without a MemoryError on the way."""


@dataclass
class Lab:
    """The firmware with its probes, from .mpy files and as a ROMFS image, and a device that was set up."""

    folder: Path
    broker: SmallBroker
    names: dict[bool, int] = field(default_factory=dict)  # of the config and of the run personality

    def __post_init__(self) -> None:
        probes = {name: (PROBE / f"{name}.py").read_text() for name in ("app", "console")}
        tree = build(BOARD, output=ROOT / "build" / "size", small=Small(_QUICK, probes, whole_api=True))
        self.page = (tree / PACKED).read_bytes()
        shutil.copytree(tree, self.folder / "mpy")
        self.image = self.folder / "firmware.romfs"
        self.image.write_bytes(romfs.pack(self.folder / "mpy"))
        (self.folder / "rom").mkdir()
        for name in ("boot.py", "main.py"):
            shutil.copy(self.folder / "mpy" / name, self.folder / "rom")
        (self.folder / "world.toml").write_text(_WORLD)

    @contextlib.asynccontextmanager
    async def device(
        self, kilobytes: int | None, rom: bool, *, known: bool = False, probe: bool = False
    ) -> AsyncIterator[VirtualDevice]:
        """A device under power; known: with what `set_up` stored. Raises OutOfMemory."""
        directory = self.folder / "device"
        shutil.rmtree(directory, ignore_errors=True)
        if known:
            shutil.copytree(self.folder / f"known-{rom}", directory)
        tree = self.folder / ("rom" if rom else "mpy")
        if probe:
            probed = self.folder / "probed"
            shutil.rmtree(probed, ignore_errors=True)
            shutil.copytree(tree, probed)
            (probed / "boot.py").write_text((PROBE / "boot.py").read_text() + (tree / "boot.py").read_text())
            tree = probed
        options: dict[str, Any] = {"romfs": self.image if rom else None, "limits": None}
        if kilobytes:
            options["limits"] = Limits(kilobytes, self.names.get(known, NAMES))
        unit = VirtualDevice(
            directory,
            board=BOARD,
            world=self.folder / "world.toml",
            firmware=tree,
            **options,
        )
        try:
            await unit.start()
            async with _healthy(unit):
                if kilobytes:
                    room = next((event for event in unit.events if event["event"] == "room"), None)
                    self.stand_ins = (room or await unit.wait("room"))["taken"]
                yield unit
        finally:
            await unit.stop()

    async def set_up(self) -> None:
        """Make devices that know the network and the broker."""
        for rom in (False, True):
            self.broker.drop()
            async with self.device(PLENTY, rom) as unit:
                await unit.wait("state", state="WAIT_CONFIG", timeout=10)
                await self._configure(unit)
                await asyncio.wait_for(self.broker.ready.wait(), 20)
                await unit.wait("state", state="RUNNING", timeout=10)
            shutil.copytree(self.folder / "device", self.folder / f"known-{rom}")
        for known in (False, True):
            modules = await self.modules(False, known)
            files = files_of(ROOT / "build" / "size")
            tree = (self.folder / "mpy" / "fw").glob("*.mpy")
            self.names[known] = count_names(
                [path for path in tree if files.get(path.stem, path.stem) in modules]
            )

    async def _configure(self, unit: VirtualDevice) -> None:
        async with Portal(unit.portal_url) as portal:
            await portal.opened()
            server = f"mqtt://127.0.0.1:{self.broker.port}"
            await portal.configure("Home", "12345678", token="t" * 32, host=server)

    async def config_work(self, kilobytes: int, rom: bool, shattered: bool = False) -> None:
        """50 loads of the page over two connections, scan, board info, config."""
        async with self.device(kilobytes, rom) as unit:
            await unit.wait("state", state="WAIT_CONFIG", timeout=5)
            if shattered:
                await probe(unit, "shatter")
            async with Portal(unit.portal_url) as portal:
                await portal.opened(5)
                await asyncio.gather(self._load_pages(unit, 25), self._load_pages(unit, 25))
                if not await portal.scan():
                    raise OutOfMemory("an empty scan")
                await portal.board_info()
            await self._configure(unit)
            await unit.wait("reset", cause="reset", timeout=5)

    async def _load_pages(self, unit: VirtualDevice, count: int) -> None:
        host, port = unit.portal_url.removeprefix("http://").split(":")
        for _ in range(count):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET / HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n\r\n" % host.encode())
            answer = await asyncio.wait_for(reader.read(-1), 10)
            writer.close()
            if not answer.startswith(b"HTTP/1.1 200 ") or not answer.endswith(self.page):
                raise OutOfMemory(f"the page: {answer[:40]!r}")

    async def run_work(self, kilobytes: int, rom: bool, shattered: bool = False) -> int:
        """90 messages of QoS 0 and 10 of QoS 1, then a new connection. Returns what is free of the heap."""
        self.broker.drop()
        async with self.device(kilobytes, rom, known=True) as unit:
            await unit.wait("state", state="RUNNING", timeout=8)
            if shattered:
                await probe(unit, "shatter")
            for number in range(10):
                await self._messages(unit, number)
            self.broker.drop()
            await asyncio.wait_for(self.broker.ready.wait(), 8)
            await self._messages(unit, 10)
            return await probe(unit, "heap")

    async def _messages(self, unit: VirtualDevice, number: int) -> None:
        for index in range(9):
            await self.broker.publish(f"downlink/ds/Value {number}", str(index))
        await self.broker.publish(f"downlink/ds/Last {number}", "1", qos=1)
        heard = [event for event in unit.events if f"Value {number}" in event.get("line", "")]
        if len(heard) != 9:
            raise OutOfMemory(f"{len(heard)} of 9 messages")

    async def modules(self, rom: bool, known: bool) -> dict[str, int]:
        """Bytes of heap that each module of a personality takes when it is imported."""
        async with self.device(PLENTY, rom, known=known, probe=True) as unit:
            await unit.wait("state", state="RUNNING" if known else "WAIT_CONFIG", timeout=10)
            if known:
                await self._messages(unit, 0)
            else:
                await self._configure(unit)
                await unit.wait("reset", timeout=10)
            lines = [
                event["line"].split() for event in unit.events if event.get("line", "").startswith("module: ")
            ]
        files = files_of(ROOT / "build" / "size")
        return {files.get(name, name): int(taken) for _, name, taken in lines}


def files_of(tree: Path) -> dict[str, str]:
    """What the files of a small tree are called in the sources."""
    told = json.loads(names_file(tree).read_text())
    return {new: old[0] for new, old in told["files"].items()}


async def probe(unit: VirtualDevice, word: str) -> int:
    """Have the probe on the console do something; returns the free heap after it."""
    unit.type(word)
    event = await unit.wait("log", line=lambda line: line.startswith(f"probe: {word} "), timeout=5)
    return int(event["line"].split()[2])


@contextlib.asynccontextmanager
async def _healthy(unit: VirtualDevice) -> AsyncIterator[None]:
    """Raise OutOfMemory, at once, when the device says that it is or ends."""
    work = asyncio.current_task()
    sick: list[str] = []

    def hear(event: dict) -> None:
        line = event.get("line", "")
        if not sick and ("MemoryError" in line or "memory allocation" in line or event["event"] == "halt"):
            sick.append(line or "halt")
            work.cancel()

    unit.subscribe(hear)
    try:
        yield
    except asyncio.CancelledError:
        if not sick:
            raise
        raise OutOfMemory(sick[0]) from None
    if sick:
        raise OutOfMemory(sick[0])
