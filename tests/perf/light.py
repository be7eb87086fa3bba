"""`make bench-light`: how true the light keeps time while a device is busy, and how often the chip wakes up.

On virtual boards, whose processor is some hundred times faster than a chip's: what counts is which calls
stop the light and which do not.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from firstlight.board.build import build
from firstlight.home.household import QUICK, Household
from firstlight.phone import provision

TESTS = Path(__file__).parents[1]
MICROPYTHON = Path(sys.executable).with_name("micropython")
BOARDS = ("esp32_devkit", "esp8266_witty")
LOOKUP_S = 3.0
ANSWER_S = 1.0  # of a slow TLS server: a handshake waits for two of its answers, an echo for one
MOST_ERROR = 0.10
MOST_WAKES = 50.0
MOST_IDLE_WAKES = 20.0  # of a whole device that is online and has nothing to do
IDLE_S = 15.0
RUNS = 3
Work = Callable[[Path], Awaitable[list[dict]]]  # in this directory; its events

sys.path.insert(0, str(TESTS / "e2e"))
import blinks  # noqa: E402
import blinks_tls  # noqa: E402

# Counts the wake-ups of the light's task in some seconds of each pattern.
WAKES = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from led.light import Light

class Lamp:
    def show(self, colour, light):
        pass

class Counted(Light):
    wakes = 0
    def step(self):
        self.wakes += 1
        return super().step()

async def main():
    light = Counted(Lamp(), {})
    for name in ("RUNNING", "HOLD", "OTA_UPGRADE", "WAIT_CONFIG", "ERASED"):
        light.play(name)
        light.wakes = 0
        await asyncio.sleep_ms(5000)
        print(name, light.wakes / 5)

asyncio.run(main())
"""


async def main() -> int:
    faults = []
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name:
        for board in BOARDS:
            faults += await _page(Path(name, board), board)
            faults += await _busy(Path(name, board), board)
            faults += await _idle(Path(name, board, "idle"), board)
        faults += _wakes(build() / "fw")
    print(f"bench-light: failed, {'; '.join(faults)}" if faults else "bench-light: ok")
    return 1 if faults else 0


async def _page(directory: Path, board: str) -> list[str]:
    """The best of a few runs: the machine has other things to do, too."""
    for attempt in range(RUNS):
        error, loads = await blinks.while_serving(directory / f"page{attempt}", board, 10.0)
        print(f"{board}: 50/500 ms blink while the page was served {loads} times in 10 s: {error}")
        if error.most < MOST_ERROR:
            return []
    return [f"{board} blinks wrong while it serves the page"]


async def _busy(directory: Path, board: str) -> list[str]:
    """While it looks a name up, scans, and waits for a TLS server: who has to go on blinking does."""
    esp32 = board.startswith("esp32")
    works = (
        ("a look-up of 3 s", 100, esp32, lambda path: blinks.while_looking_up(path, board, LOOKUP_S)),
        ("a scan of 2.2 s", 200, esp32, lambda path: blinks.while_scanning(path, board)),
        (
            "a TLS handshake and an echo of 3 s",
            100,
            True,
            lambda path: blinks_tls.while_shaking_hands(path, board, ANSWER_S),
        ),
    )
    faults = []
    for what, ms, goes_on, events in works:
        blinks_on = await _blinks(f"{board}: {ms}/{ms} ms blink during {what}", directory / what, ms, events)
        if goes_on and not blinks_on:
            faults.append(f"{board} does not blink during {what}")
    return faults


async def _blinks(what: str, directory: Path, ms: int, work: Work) -> bool:
    """Whether the best of a few runs keeps its time."""
    for attempt in range(RUNS):
        events = await work(directory / str(attempt))
        still = f"longest time without a change {blinks.stillness(events):.0f} ms"
        if len(blinks.times(events)) < 2:
            print(f"{what}: {still}")
            return False
        error = blinks.error(events, ms, ms)
        print(f"{what}: {error}; {still}")
        if error.most < MOST_ERROR:
            return True
    return False


async def _idle(directory: Path, board: str) -> list[str]:
    """How often a device that is RUNNING wakes up: each time its process has slept, as the kernel counts."""
    async with Household(directory, scale=0.02, board=board, overrides=QUICK) as home:
        await home.device.start()
        await home.open_portal()
        await provision(home.portal, home.ssid, home.password, account=home.account, timeout=20)
        await home.device.wait("state", state="RUNNING", timeout=20)
        await asyncio.sleep(1)
        before = _sleeps(home.device.pid)
        await asyncio.sleep(IDLE_S)
        rate = (_sleeps(home.device.pid) - before) / IDLE_S
    print(f"{board}: {rate:.1f} wake-ups a second while RUNNING")
    return [f"{board} wakes too often while RUNNING"] if rate >= MOST_IDLE_WAKES else []


def _sleeps(pid: int | None) -> int:
    """How often the threads of a process have gone to sleep by themselves."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1]) for text in texts)


def _wakes(firmware: Path) -> list[str]:
    command = [MICROPYTHON, "-c", WAKES, firmware]
    faults = []
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        name, rate = line.split()
        print(f"{name}: {rate} wake-ups a second")
        if float(rate) > (0 if name == "ERASED" else MOST_WAKES):
            faults.append(f"{name} wakes too often")
    return faults


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
