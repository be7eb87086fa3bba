"""What is on a port, and whether the firmware would run there: one screen."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from firstlight.board.abi import OLDEST
from firstlight.board.facts import Facts

_HEAP = 92 * 1024  # bytes that the firmware needs from .mpy files
_SMALL = 34 * 1024  # and as the small program from ROMFS, with an application: see `make size`
_FILES = 6  # blocks beside the files themselves: folders, the record


@dataclass(frozen=True)
class Finding:
    """One line of the screen. good: None where nothing depends on it."""

    name: str
    value: str
    good: bool | None = None
    remedy: str = ""


@dataclass(frozen=True)
class Rom:
    """Bytes of a board's partition for ROMFS, 0 where it has none, and of the image that goes there.

    found: what is in it, "nothing", "half" an image, or an "image".
    """

    size: int
    image: int
    found: str = "nothing"


def examine(facts: Facts, files: dict[str, bytes], chip: str, rom: Rom | None = None) -> list[Finding]:
    """Judge a board.

    files: those of the firmware on its file system, by path; chip: the one that they are for. rom: where the
    rest goes into ROMFS.
    """
    heap = _SMALL if rom else _HEAP
    version = ".".join(map(str, facts.version))
    needed = sum(-(-len(content) // facts.block) * facts.block for content in files.values())
    needed += _FILES * facts.block
    loads = {content[1] for path, content in files.items() if path.endswith(".mpy")}
    missing = [name for name in ("asyncio", "machine", "network") if name not in facts.has]
    return [
        Finding(
            "chip",
            facts.chip or facts.machine,
            facts.chip == chip,
            f"the firmware is for an {chip}: choose another --board",
        ),
        Finding("board", facts.machine),
        Finding(
            "MicroPython",
            f"{version} {facts.build}".strip(),
            facts.version[:2] >= OLDEST,
            f"flash {OLDEST[0]}.{OLDEST[1]} or newer: firstlight board flash",
        ),
        Finding(
            ".mpy files",
            f"loads version {facts.mpy}",
            loads <= {facts.mpy},
            f"the firmware's are of version {max(loads, default=0)}: build with that release's mpy-cross",
        ),
        Finding(
            "modules",
            "lacks " + ", ".join(missing) if missing else "all there, asyncio too",
            not missing,
            "flash an image that has them; those for 1 MB of flash lack asyncio",
        ),
        Finding(
            "heap",
            f"{_kb(facts.heap_free)} KB free of {_kb(facts.heap)}",
            facts.heap >= heap,
            f"the firmware needs {_kb(heap)} KB in all",
        ),
        *(_rom(rom) if rom else []),
        Finding("flash", f"{_kb(facts.flash)} KB" if facts.flash else "not told"),
        Finding(
            "file system",
            f"{_kb(facts.files_free)} KB free of {_kb(facts.files_size)}, blocks of {facts.block}",
            facts.files_size >= 2 * needed,
            f"the firmware takes {_kb(needed)} KB, twice that while it is renewed",
        ),
    ]


def _rom(rom: Rom) -> list[Finding]:
    partition = Finding(
        "ROMFS",
        f"{_kb(rom.size)} KB, the firmware takes {_kb(rom.image)}" if rom.size else "none",
        rom.image <= rom.size,
        "flash MicroPython's image FLASH_2M_ROMFS, 1.25 or newer: firstlight board flash",
    )
    half = Finding("firmware", "none: a deployment was cut", False, "deploy again: firstlight board deploy")
    return [partition, half] if rom.found == "half" else [partition]


def fits(findings: list[Finding]) -> bool:
    """Whether nothing speaks against it."""
    return all(finding.good is not False for finding in findings)


def screen(findings: list[Finding]) -> Table:
    """The findings as a table, each trouble with its remedy."""
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        mark = {True: Text("ok", "green"), False: Text("no", "bold red"), None: Text()}[finding.good]
        table.add_row(mark, Text(finding.name), Text(finding.value))
        if finding.good is False:
            table.add_row("", "", Text(finding.remedy, "yellow"))
    return table


def _kb(size: int) -> int:
    return size // 1024
