"""From power-on to the page or to RUNNING, and from a configuration to RUNNING: whole virtual devices.

Their radio answers at once (scale 0), so that what is left is the firmware's. It is read inside the device
(timed.py): the stand-ins' own time, which stands for the radio, is taken off; MicroPython's comes before.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from firstlight.bench.device import VirtualDevice
from firstlight.board.build import build
from firstlight.phone import Portal
from firstlight.phone.portal import PortalUnreachable
from small_broker import SmallBroker

BOARD = "esp32_devkit"
PAGE = "from power-on to the page"
RUNNING = "from power-on to RUNNING"
# What ends each step -> the step.
STEPS = {
    PAGE: {
        "imported": "boot.py, imports of main.py",
        "loaded": "storage",
        "WAIT_CONFIG": "imports of the personality",
        "hosted": "access point",
        "listening": "DNS and HTTP",
        "answered": "first answer, the page",
    },
    RUNNING: {
        "imported": "boot.py, imports of main.py",
        "loaded": "storage",
        "CONNECTING_NET": "imports of the personality",
        "CONNECTING_CLOUD": "join",
        "RUNNING": "cloud log-in",
    },
}
_TIMEOUT_S = 20.0
_WORLD = """
[timing]
scale = 0
[[access_point]]
ssid = "Home"
password = "12345678"
"""


@dataclass
class Mark:
    """A moment inside the device, in ms since its boot.py began; `idle` and `outside` add up to it."""

    ms: float
    idle: float
    outside: float


Times = dict[str, list[float]]  # of each start, in ms


@dataclass
class Steps:
    """Of some starts: the ms that each step kept the device busy, and that the loop slept in it."""

    busy: Times = field(default_factory=dict)
    idle: Times = field(default_factory=dict)

    def add(self, marks: dict[str, Mark], steps: dict[str, str]) -> None:
        """Take in the marks of a start."""
        last = Mark(0, 0, 0)
        for end, step in steps.items():
            mark = marks[end]
            idle, outside = mark.idle - last.idle, mark.outside - last.outside
            self.busy.setdefault(step, []).append(mark.ms - last.ms - idle - outside)
            self.idle.setdefault(step, []).append(idle)
            last = mark


@dataclass
class Starts:
    """What was measured: the two ways from power-on, and the ms waited from a configuration to RUNNING."""

    steps: dict[str, Steps] = field(default_factory=lambda: {way: Steps() for way in STEPS})
    waits: Times = field(default_factory=dict)

    def ends(self) -> dict[str, float]:
        """The ms from power-on to each end.

        Before RUNNING it sleeps between looks at the radio, and for the broker; that counts. Before the page
        it sleeps until a phone comes; that does not.
        """
        page, running = self.steps[PAGE], self.steps[RUNNING]
        return {PAGE: together(page.busy), RUNNING: together(running.busy) + together(running.idle)}

    def waited(self) -> dict[str, float]:
        """The ms that each way from a configuration to RUNNING waits."""
        return {way: statistics.median(ms) for way, ms in self.waits.items()}


def together(steps: Times) -> float:
    """The median over the starts of all steps together."""
    return statistics.median(sum(each) for each in zip(*steps.values(), strict=True))


class _Marks:
    """The marks of a device's present boot, by name; the first of equal names counts."""

    def __init__(self, unit: VirtualDevice) -> None:
        self.boots: list[dict[str, Mark]] = []
        unit.subscribe(self._hear)

    def _hear(self, event: dict) -> None:
        if event["event"] == "boot":
            self.boots.append({})
        elif event.get("line", "").startswith("mark: "):
            _, step, *figures = event["line"].split()
            self.boots[-1].setdefault(step, Mark(*(int(figure) / 1000 for figure in figures)))

    async def wait(self, step: str) -> Mark:
        """The mark of this name of the present boot. Raises TimeoutError."""
        deadline = time.monotonic() + _TIMEOUT_S
        while step not in self.boots[-1]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the device has not come to {step} within {_TIMEOUT_S:g} s")
            await asyncio.sleep(0.01)
        return self.boots[-1][step]


async def measure(folder: Path, rounds: int) -> Starts:
    """Start devices, configure them, start them again. Raises TimeoutError when one does not come up."""
    starts = Starts()
    tree = folder / "firmware"
    shutil.copytree(build(), tree)
    shutil.copy(Path(__file__).with_name("timed.py"), tree)
    (tree / "boot.py").write_text("import timed\n\ntimed.begin()\n" + (tree / "boot.py").read_text())
    (folder / "world.toml").write_text(_WORLD)
    for number in range(rounds):
        for live in (False, True):
            async with SmallBroker() as broker, _device(folder / f"{number}-{live}", folder, tree) as unit:
                await _life(unit, broker, live, starts)
    return starts


@contextlib.asynccontextmanager
async def _device(directory: Path, folder: Path, tree: Path) -> AsyncIterator[VirtualDevice]:
    unit = VirtualDevice(directory, board=BOARD, world=folder / "world.toml", firmware=tree)
    try:
        yield unit
    finally:
        await unit.stop()


async def _life(unit: VirtualDevice, broker: SmallBroker, live: bool, starts: Starts) -> None:
    """From the box to RUNNING, by the classic or the live way, and a power-on after it."""
    marks = _Marks(unit)
    await unit.start()
    await unit.wait("ap", up=True)
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(unit.portal_url + "/")
    await marks.wait("answered")
    starts.steps[PAGE].add(marks.boots[-1], STEPS[PAGE])
    async with Portal(unit.portal_url) as portal:
        more = {"live": 1} if live else {}
        server = f"mqtt://127.0.0.1:{broker.port}"
        await portal.configure("Home", "12345678", token="t" * 32, host=server, **more)
        if live:
            await _look_on(portal)
        await unit.wait("boot", cause="reset")
    last = await marks.wait("RUNNING")
    first = marks.boots[-2]
    way = "live" if live else "classic"
    starts.waits.setdefault(way, []).append(first["reset"].idle - first["accepted"].idle + last.idle)
    await unit.power_cut()
    await unit.power_on()
    await marks.wait("RUNNING")
    starts.steps[RUNNING].add(marks.boots[-1], STEPS[RUNNING])


async def _look_on(portal: Portal) -> None:
    """As the page does, until it knows that the device is online."""
    while True:
        with contextlib.suppress(PortalUnreachable):
            if (await portal.status())["result"] == "ok":
                return
        await asyncio.sleep(0.02)
