"""`make size`: heap and flash that the firmware takes, beside its budgets and the last figures.

Whole virtual devices do the work of each personality in a 32-bit MicroPython, from .mpy files on littlefs and
from a ROMFS image outside the heap. A heap is that of the whole interpreter but for the stand-ins (network,
machine and others): what they take beside the firmware is measured, and not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from heap_esp32 import esp32
from heap_work import BOARD, PLENTY, Lab, OutOfMemory, files_of
from rich.console import Console
from rich.table import Table
from smallest import CEILING, smallest

from firstlight.bench import micropython32
from firstlight.bench.limits import AT_WORK, ESP8266, Limits, pools
from firstlight.board.build import ROOT, build
from firstlight.board.small import Small
from firstlight.errors import UserError
from small_broker import SmallBroker

COMMITTED = Path(__file__).with_name("size.json")
_KB = 1024


@dataclass(frozen=True)
class Budget:
    """A figure, what it may be, and how much worse than the last one passes as noise."""

    name: str
    target: int
    unit: str
    noise: int
    at_least: bool = False  # the more the better

    def holds(self, value: int) -> bool:
        return value >= self.target if self.at_least else value <= self.target

    def worse(self, value: int, before: int) -> bool:
        return (before - value if self.at_least else value - before) > self.noise


BUDGETS = {
    "config_mpy": Budget("smallest heap, config, .mpy", 34, "KB", 4),
    "config_rom": Budget("smallest heap, config, ROMFS", 22, "KB", 4),
    "run_mpy": Budget("smallest heap, run, .mpy", 28, "KB", 4),
    "run_rom": Budget("smallest heap, run, ROMFS", 18, "KB", 4),
    "left_mpy": Budget(f"left of {ESP8266} KB for the application, .mpy", 8 * _KB, "bytes", 4 * _KB, True),
    "left_rom": Budget(f"left of {ESP8266} KB for the application, ROMFS", 16 * _KB, "bytes", 4 * _KB, True),
    # Without PSRAM: of 112,000 bytes, and something has to be left for TLS's code and an application.
    "esp32_live": Budget("ESP32, in use in a live try", 100 * _KB, "bytes", 4 * _KB),
    "esp32_run": Budget("ESP32, in use at work", 80 * _KB, "bytes", 4 * _KB),
    "flash": Budget("all .mpy files", 56 * _KB, "bytes", 512),
    # One more would double the pools of names, for 1.1 KB.
    "names_config": Budget("names, config", 134, "names", 10),
    "names_run": Budget("names, run", 134, "names", 10),
    "shattered": Budget("works of 4 without a free piece over 1 KB", 4, "", 0, True),
}


async def main(console: Console) -> int:
    parser = argparse.ArgumentParser(description="Measure heap and flash of the firmware.")
    parser.add_argument("--commit", action="store_true", help="note the figures in size.json")
    parser.add_argument("--strict", action="store_true", help="fail over budget, too")
    options = parser.parse_args()
    try:
        found, modules, aside = await measure()
    except UserError as error:
        console.print(f"size: failed: {error}", soft_wrap=True, markup=False)
        return 1
    before = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    print_modules(console, modules)
    print_budgets(console, found, before.get("figures", {}))
    console.print(
        f"MicroPython {micropython32.version()}, {BOARD}: {aside.own:,} bytes of each heap are its own, and "
        f"{pools(aside.names[False]):,} (config) and {pools(aside.names[True]):,} (run) pools for "
        f"{aside.names[False]} and {aside.names[True]} names; the stand-ins' {aside.stand_ins:,} bytes "
        f"beside it, and {AT_WORK} of theirs in it, are not counted",
        soft_wrap=True,
    )
    if options.commit:
        note = {"micropython": micropython32.version(), "figures": found}
        COMMITTED.write_text(json.dumps(note, indent=2) + "\n")
        before = note
    return verdict(console, found, before, options.strict)


def verdict(console: Console, found: dict[str, int], before: dict, strict: bool) -> int:
    """Print the last line; returns the exit status."""
    last = before.get("figures", {})
    worse = [
        f"{budget.name} {found[key]:,} {budget.unit} (was {last[key]:,})"
        for key, budget in BUDGETS.items()
        if key in last and budget.worse(found[key], last[key])
    ]
    if last and before["micropython"] != micropython32.version():
        worse = []
        console.print(
            f"size: the figures noted are MicroPython {before['micropython']}'s: nothing to compare with"
        )
    over = sum(not budget.holds(found[key]) for key, budget in BUDGETS.items())
    failed = worse or (strict and over)
    words = (
        "grew: " + "; ".join(worse) if worse else "no figure grew" if last else "no figures to compare with"
    )
    state = "failed" if failed else "ok"
    console.print(
        f"size: {state} {words}; {over} of {len(BUDGETS)} over budget", soft_wrap=True, markup=False
    )
    return 1 if failed else 0


@dataclass
class Aside:
    """What is no module's: bytes beside the heap, bytes of MicroPython's own in it, and names."""

    stand_ins: int
    own: int
    names: dict[bool, int]  # of the config and of the run personality


async def measure() -> tuple[dict[str, int], dict[str, list[int]], Aside]:
    """The figures by key of BUDGETS; of each module what `by_module` says; what is not counted."""
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name:
        async with SmallBroker() as broker:
            lab = Lab(Path(name), broker)
            await lab.set_up()
            found = {}
            for kind, rom in (("mpy", False), ("rom", True)):
                found[f"config_{kind}"] = await smallest(lambda size, rom=rom: lab.config_work(size, rom))
                found[f"run_{kind}"] = await smallest(lambda size, rom=rom: lab.run_work(size, rom))
                found[f"left_{kind}"] = await left(lab, rom)
            found["names_config"], found["names_run"] = lab.names[False], lab.names[True]
            found["shattered"] = await shattered(lab)
            found["esp32_live"], found["esp32_run"] = await esp32(Path(name), broker)
            modules = await by_module(lab)
            aside = Aside(lab.stand_ins, Limits(ESP8266, 0).own, lab.names)
    found["flash"] = sum(sizes[0] for sizes in modules.values())
    return found, modules, aside


async def left(lab: Lab, rom: bool) -> int:
    """Bytes of an ESP8266's heap that the run personality leaves; negative where it does not fit."""
    free = await lab.run_work(PLENTY, rom)
    return free - (Limits(PLENTY, lab.names[True]).room - Limits(ESP8266, lab.names[True]).room)


async def shattered(lab: Lab) -> int:
    """In how many of four cases the work is done although no free piece of the heap is larger than 1 KB."""
    done = 0
    for rom in (False, True):
        for work in (lab.config_work, lab.run_work):
            try:
                await work(PLENTY, rom, shattered=True)
                done += 1
            except (OutOfMemory, TimeoutError, asyncio.TimeoutError):
                pass
    return done


async def by_module(lab: Lab) -> dict[str, list[int]]:
    """[bytes of .mpy, heap when imported from it, and from ROMFS]; heap 0: it was not imported."""
    tree = build(BOARD, output=ROOT / "build" / "size-whole", small=Small(whole_api=True))
    names = {files_of(tree).get(path.stem, path.stem): path for path in tree.rglob("*.mpy")}
    sizes = {name: [path.stat().st_size, 0, 0] for name, path in names.items()}
    for column, rom in ((1, False), (2, True)):
        for known in (False, True):
            for name, taken in (await lab.modules(rom, known)).items():
                if name in sizes:
                    sizes[name][column] = max(sizes[name][column], taken)
    return sizes


def print_modules(console: Console, modules: dict[str, list[int]]) -> None:
    table = Table("module", ".mpy", "heap", "heap, ROMFS", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, sizes in sorted(modules.items(), key=lambda item: item[1], reverse=True):
        table.add_row(name, *(f"{size:,}" if size else "" for size in sizes))
    table.add_row("sum", *(f"{sum(column):,}" for column in zip(*modules.values(), strict=True)))
    console.print(table)


def print_budgets(console: Console, found: dict[str, int], before: dict[str, int]) -> None:
    table = Table("budget", "target", "measured", "last", "", box=None)
    table.columns[0].no_wrap = table.columns[1].no_wrap = table.columns[4].no_wrap = True
    for column in table.columns[1:4]:
        column.justify = "right"
    for key, budget in BUDGETS.items():
        value, sign = found[key], "≥" if budget.at_least else "≤"
        shown = f"> {CEILING}" if budget.unit == "KB" and value > CEILING else f"{value:,}"
        last = f"{before[key]:,}" if key in before else "-"
        verdict = "" if budget.holds(value) else "over budget"
        table.add_row(budget.name, f"{sign} {budget.target:,} {budget.unit}", shown, last, verdict)
    console.print(table)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Console(highlight=False, width=None if sys.stdout.isatty() else 110))))
