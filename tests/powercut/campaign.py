"""`make powercut`: power cuts at every flash operation, and at random moments in the lives of whole devices.

The first half runs in MicroPython (tests/firmware/powercut.py): each storage operation, after histories of
different length, is cut at its k-th write, erase or sync for every k. That one is not done, or torn, or torn
and garbled, or lost with all since the last sync; then flash is mounted and loaded anew. The second half
kills the processes of virtual devices.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from devices import lives
from rich.console import Console
from rich.table import Table

from firstlight.board.build import build

FIRMWARE_TESTS = Path(__file__).resolve().parents[1] / "firmware"
INTERPRETER = (Path(sys.executable).with_name("micropython"), "-X", "heapsize=16M")
KINDS = ("lost", "half", "stuck", "legible")
# What is promised where; the rest is shown. On a FAT a cut can strand a cluster that wiping does not reach,
# and straight on flash, where a sector is erased before it is written, a FAT loses its own directory.
PROMISED = {"littlefs": KINDS, "NVS": KINDS, "FAT, whole sectors": KINDS[:3], "FAT on bare flash": ()}
# The longest first: two cores have then the least to wait for.
PARTS = ("littlefs_wipe", "littlefs", "fat", "nvs", "bare_fat")
WORKERS = 4
Row = tuple[str, str, int, int, int, int, int]  # where, operation, cuts, and how many of each kind


def flash_rows(part: str) -> list[Row]:
    """One part of the first half. Raises RuntimeError when the interpreter fails."""
    done = subprocess.run(
        [*INTERPRETER, FIRMWARE_TESTS / "run.py", build() / "fw", FIRMWARE_TESTS / "powercut.py", part],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{part}: {done.stderr.strip()[-2000:]}")
    return [tuple(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("[")]


def device_cuts(seed: int, cuts: int, options: dict[str, object]) -> tuple[Counter[str], list[str], int]:
    """One device's life in a process of its own: where it was cut, what was wrong, candidates let down."""
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name:
        life = asyncio.run(lives(Path(name), seed, cuts, **options))
    return life.cuts, life.problems, life.let_down


def campaign(console: Console, runs: int, seed: int) -> int:
    """Both halves; the exit status."""
    build()
    rows: list[Row] = []
    states: Counter[str] = Counter()
    problems: list[str] = []
    let_down = 0
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(flash_rows, part) for part in PARTS]):
            rows += done.result()
    share = [runs // WORKERS + (number < runs % WORKERS) for number in range(WORKERS)]
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        units = [
            pool.submit(device_cuts, seed + number, cuts, OPTIONS[number % len(OPTIONS)])
            for number, cuts in enumerate(share)
        ]
        for done in as_completed(units):
            cuts, wrong, times = done.result()
            states += cuts
            problems += wrong
            let_down += times
    console.print(flash_table(rows))
    console.print(device_table(states, problems, let_down))
    for problem in problems:
        console.print(problem, markup=False)
    return verdict(console, rows, states, problems, seed)


# Half of the lives each: the chip and the place of the record.
OPTIONS: tuple[dict[str, object], ...] = ({"board": "esp32_devkit"}, {"board": "esp8266_witty"})


def flash_table(rows: list[Row]) -> Table:
    table = Table("where", "operation", "cuts", *KINDS, title="power cuts of flash operations")
    for column in table.columns[2:]:
        column.justify = "right"
    order = {row[0]: number for number, row in reversed(list(enumerate(rows)))}
    for row in sorted(rows, key=lambda row: order[row[0]]):
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for cell in row))
    return table


def device_table(states: Counter[str], problems: list[str], let_down: int) -> Table:
    table = Table("power failed in", "cuts", title="power cuts of whole devices")
    table.columns[1].justify = "right"
    for state, cuts in states.most_common():
        table.add_row(state, f"{cuts:,}")
    kinds = Counter(problem.split(":")[0] for problem in problems)
    table.add_section()
    for kind in ("lost", "half", "stuck", "not erased"):
        table.add_row(kind, str(kinds[kind]))
    table.add_row("candidate let down by the network, and told", str(let_down))
    return table


def verdict(console: Console, rows: list[Row], states: Counter[str], problems: list[str], seed: int) -> int:
    """The last line, and the exit status that goes with it."""
    cuts = sum(row[2] for row in rows if PROMISED[row[0]])
    counts = {
        kind: sum(row[3 + column] for row in rows if kind in PROMISED[row[0]])
        for column, kind in enumerate(KINDS)
    }
    wrong = sum(counts.values()) + len(problems)
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    console.print(
        f"powercut: {'failed' if wrong else 'ok'} {cuts:,} cuts of flash operations: {told}; "
        f"{sum(states.values()):,} cuts of whole devices: {len(problems)} wrong (seed {seed})",
        soft_wrap=True,
        highlight=False,
    )
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=500, help="cuts of whole devices")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of their moments")
    options = parser.parse_args()
    console = Console()
    try:
        return campaign(console, options.runs, options.seed)
    except Exception as error:  # an interpreter or a device that could not even be started
        console.print_exception()
        console.print(f"powercut: failed {type(error).__name__}: {error}", soft_wrap=True, markup=False)
        return 1


if __name__ == "__main__":
    sys.exit(main())
