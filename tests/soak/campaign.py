"""`make soak`: two hours, by a scaled clock, of an ESP32 and an ESP8266 that talk, are cut off, and talk on.

The waiting times of the firmware are scaled, its sockets are not. What a device has left is what it says
itself, once a minute; nothing may become less.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "chaos"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from broker import MISSING, find
from judge import Evidence
from kinds import WITHOUT
from play import SCALE, witness
from rich.console import Console
from scenarios import Fault, Scenario
from stored import firmware
from telling import verdict

from campaigns import Parser, ended, from_on

APPLICATION = Path(__file__).with_name("application") / "app.py"
BOARDS = ("esp32_wrover", "esp8266_witty")
# In turn, one every so often. Lengths in seconds; each is over, and the device back, before the next.
FAULTS = {"broker restart": 15, "flood": 0, "vanish": 25, "oversize": 0, "redirect": 15, "stall": 20}
EVERY_S = 120.0


def scenario(board: str, minutes: float) -> Scenario:
    """The faults of so many minutes."""
    moments = itertools.takewhile(lambda at: at < minutes * 60 - EVERY_S / 2, itertools.count(60.0, EVERY_S))
    kinds = itertools.cycle(FAULTS.items())
    faults = tuple(Fault(kind, at, seconds) for at, (kind, seconds) in zip(moments, kinds, strict=False))
    return Scenario(0, board, "tls" not in WITHOUT, False, (*faults, Fault("oversize", minutes * 60, 0)))


async def soak(directory: Path, tree: Path, minutes: float, scale: float) -> list[Evidence]:
    """Both devices at the same time."""
    more: dict[str, object] = {"SOAK_MINUTE_S": 60 * scale}
    return await asyncio.gather(
        *(witness(scenario(board, minutes), directory / board, tree, scale, more) for board in BOARDS)
    )


def main() -> int:
    parser = Parser("soak", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=from_on(12), default=120, help="by the device's clock, 12 at least")
    parser.add_argument(
        "--scale", type=from_on(0.01), default=SCALE, help="real seconds of a second of the device's"
    )
    options = parser.parse_args()
    console = Console()
    if not find():
        print(f"soak: {MISSING}", file=sys.stderr)
        return 2

    def job() -> int:
        with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
            tree = firmware(Path(folder, "firmware"), APPLICATION)
            evidences = asyncio.run(soak(Path(folder), tree, options.minutes, options.scale))
        return verdict(console, evidences, options.minutes, options.scale)

    return ended(console, "soak", job)


if __name__ == "__main__":
    sys.exit(main())
