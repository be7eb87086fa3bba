"""`make bench-light`: how true the light keeps time, and how often it wakes the chip.

On virtual boards, whose processor is some hundred times faster than a chip's: what counts is which calls
stop the light and which do not.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from firstlight.board.build import build

TESTS = Path(__file__).parents[1]
MICROPYTHON = Path(sys.executable).with_name("micropython")
BOARDS = ("esp32_devkit", "esp8266_witty")
LOOKUP_S = 3.0
MOST_ERROR = 0.10
MOST_WAKES = 50.0
RUNS = 3

sys.path.insert(0, str(TESTS / "e2e"))
import blinks  # noqa: E402

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
            faults += await _look_up(Path(name, board), board)
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


async def _look_up(directory: Path, board: str) -> list[str]:
    what = f"{board}: 100/100 ms blink during a look-up of {LOOKUP_S:g} s:"
    for attempt in range(RUNS):
        events = await blinks.while_looking_up(directory / f"look-up{attempt}", board, LOOKUP_S)
        still = f"longest time without a change {blinks.stillness(events)} ms"
        if not blinks.times(events):
            print(f"{what} {still}")
            break
        error = blinks.error(events, 100, 100)
        print(f"{what} {error}; {still}")
        if error.most < MOST_ERROR:
            return []
    return [f"{board} does not blink while it looks a name up"] if board.startswith("esp32") else []


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
