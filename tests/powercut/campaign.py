"""`make powercut`: power cuts at every flash operation, and at random moments in the lives of whole devices.

The first half runs in MicroPython (tests/firmware/powercut.py): each storage operation, after histories of
different length, is cut at its k-th write, erase or sync for every k. That one is not done, or torn, or torn
and garbled, or lost with all since the last sync; then flash is mounted and loaded anew. The second half
kills the processes of virtual devices; only moments between power-on and RUNNING, or in erasing, are counted.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from devices import Tally, lives
from rich.console import Console
from rich.table import Table

import campaigns
from firstlight.board.build import build

FIRMWARE_TESTS = Path(__file__).resolve().parents[1] / "firmware"
INTERPRETER = (Path(sys.executable).with_name("micropython"), "-X", "heapsize=16M")
KINDS = ("lost", "half", "stuck", "legible")
# What is promised where; the rest is shown. On a FAT a cut can strand a cluster that wiping does not reach,
# and straight on flash, where a sector is erased before it is written, a FAT loses its own directory.
PROMISED = {"littlefs": KINDS, "NVS": KINDS, "FAT, whole sectors": KINDS[:3], "FAT on bare flash": ()}
# The longest first: two cores have then the least to wait for.
PARTS = ("littlefs_wipe", "littlefs", "fat", "nvs", "bare_fat")
Row = tuple[str, str, int, int, int, int, int]  # where, operation, cuts, and how many of each kind
Wear = tuple[str, int, int, float]  # bytes of the record, saves, most erases of one save, mean

# The devices that are killed. Two lives of each, at the same time: most of a life is waiting.
DEVICES: dict[str, dict[str, str]] = {
    "ESP32": {"board": "esp32_devkit"},
    "ESP32, NVS": {"board": "esp32_devkit", "storage": "nvs"},
    "ESP8266": {"board": "esp8266_witty"},
}
WORKERS = 2 * len(DEVICES)


def flash_rows(part: str) -> list[tuple]:
    """What one part of the first half prints. Raises RuntimeError when the interpreter fails."""
    done = subprocess.run(
        [*INTERPRETER, FIRMWARE_TESTS / "run.py", build() / "fw", FIRMWARE_TESTS / "powercut.py", part],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{part}: {done.stderr.strip()[-2000:]}")
    return [tuple(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("[")]


def device_cuts(name: str, seed: int, cuts: int) -> tuple[str, Tally]:
    """One device's life in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="firstlight-") as directory:
        return name, asyncio.run(lives(Path(directory), seed, cuts, **DEVICES[name]))


def campaign(console: Console, runs: int, seed: int) -> int:
    """Both halves; the exit status."""
    build()
    rows: list[Row] = []
    tallies = {name: Tally() for name in DEVICES}
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        wear = pool.submit(flash_rows, "wear")
        for done in as_completed([pool.submit(flash_rows, part) for part in PARTS]):
            rows += done.result()
    console.print(flash_table(rows))
    console.print(wear_table(wear.result()))
    share = [runs // WORKERS + (number < runs % WORKERS) for number in range(WORKERS)]
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        units = [
            pool.submit(device_cuts, list(DEVICES)[number % len(DEVICES)], seed + number, cuts)
            for number, cuts in enumerate(share)
        ]
        for done in as_completed(units):
            name, tally = done.result()
            tallies[name].add(tally)
    console.print(device_table(tallies))
    total = together(tallies)
    for problem in total.problems:
        console.print(problem, markup=False)
    return verdict(console, rows, total, seed)


def together(tallies: dict[str, Tally]) -> Tally:
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    return total


def flash_table(rows: list[Row]) -> Table:
    table = Table("where", "operation", "cuts", *KINDS, title="power cuts of flash operations")
    for column in table.columns[2:]:
        column.justify = "right"
    order = {row[0]: number for number, row in reversed(list(enumerate(rows)))}
    for row in sorted(rows, key=lambda row: order[row[0]]):
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for cell in row))
    return table


def wear_table(rows: list[Wear]) -> Table:
    table = Table("record, bytes", "saves", "most", "mean", title="erases of a save on littlefs")
    for column in table.columns[1:]:
        column.justify = "right"
    for size, saves, most, mean in rows:
        table.add_row(size, f"{saves:,}", str(most), f"{mean:.2f}")
    return table


def device_table(tallies: dict[str, Tally]) -> Table:
    columns = [*tallies.values(), together(tallies)]
    table = Table("power failed in", *tallies, "all", title="power cuts of whole devices")
    for column in table.columns[1:]:
        column.justify = "right"

    def add(name: str, number: Callable[[Tally], int]) -> None:
        table.add_row(name, *(f"{number(tally):,}" for tally in columns))

    for state, _ in columns[-1].cuts.most_common():
        if state != "RUNNING":
            add(state, lambda tally, state=state: tally.cuts[state])
    table.add_section()
    add("counted", lambda tally: tally.counted)
    add("besides: RUNNING", lambda tally: tally.cuts["RUNNING"])
    table.add_section()
    for way in sorted(columns[-1].ways):
        add(f"configured: {way}", lambda tally, way=way: tally.ways[way])
    add("candidate let down by the network, and told", lambda tally: tally.let_down)
    table.add_section()
    for kind in ("lost", "half", "stuck", "not erased"):
        add(kind, lambda tally, kind=kind: sum(text.startswith(kind + ":") for text in tally.problems))
    return table


def verdict(console: Console, rows: list[Row], devices: Tally, seed: int) -> int:
    """The last line, and the exit status that goes with it."""
    cuts = sum(row[2] for row in rows if PROMISED[row[0]])
    counts = {
        kind: sum(row[3 + column] for row in rows if kind in PROMISED[row[0]])
        for column, kind in enumerate(KINDS)
    }
    wrong = sum(counts.values()) + len(devices.problems)
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    text = (
        f"{cuts:,} cuts of flash operations: {told}; "
        f"{devices.counted:,} cuts of devices on their way, {devices.cuts['RUNNING']:,} of running ones: "
        f"{len(devices.problems)} wrong (seed {seed})"
    )
    return campaigns.last_line(console, "powercut", not wrong, text)


def main() -> int:
    parser = campaigns.Parser("powercut", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--runs", type=campaigns.count, default=500, help="cuts of whole devices that are not RUNNING"
    )
    parser.add_argument(
        "--seed", type=campaigns.seed, default=random.randrange(1_000_000), help="of their moments"
    )
    options = parser.parse_args()
    console = Console()
    return campaigns.ended(console, "powercut", lambda: campaign(console, options.runs, options.seed))


if __name__ == "__main__":
    sys.exit(main())
