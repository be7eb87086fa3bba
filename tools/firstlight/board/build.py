"""Compile the firmware for a board: `firmware/` in, a tree ready to be copied to `/` out.

The tree holds `boot.py` (source, so that it needs nothing), a short `main.py`, and everything else as
`.mpy` below `fw/`: MicroPython looks for the names `boot.py` and `main.py` only, and compiling the rest on
the device would cost more heap than an ESP8266 has.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from firstlight.board import brand as brands
from firstlight.board import sources
from firstlight.board.compiled import Modules, compiled
from firstlight.board.page import assemble, pack
from firstlight.board.shrink import Shrunk
from firstlight.board.small import Small
from firstlight.board.sources import ROOT, SOURCE
from firstlight.errors import UserError

PAGE = SOURCE / "provisioning" / "page"
OUTPUT = ROOT / "build" / "firmware"  # what a maker copies to boards
DEPLOYED = ROOT / "build" / "deployed"  # for `board doctor` to measure
BENCH = ROOT / "build" / "bench"  # a tree of its own: a virtual device must not undo a maker's choices
PACKED = Path("fw", "page.html.gz")
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


def codes(text: str) -> list[str]:
    """`en,de` as given to --languages."""
    return [code.strip() for code in text.split(",") if code.strip()]


def build(
    board: str | None = None,
    *,
    brand: Path | None = None,
    languages: Sequence[str] = (),
    output: Path = BENCH,
    small: Small | None = None,
) -> Path:
    """Bring the tree at `output` up to date and return it. The same sources and options give the same bytes.

    board: the only board module to include, in the place of product.py's BOARD; None includes all of them.
    brand: a brand's folder; None is the plain page.
    languages: those of the page, the default first; none: the brand's choice, or all.
    small: as one program for this board, which has an ESP8266.
    Raises UserError for an unknown board or language, values that the firmware would refuse, a brand that
    will not do, a page that grew too large, a source file that does not compile, and where the tree cannot be
    written.
    """
    if board is not None and board not in boards():
        raise UserError(f"board {board!r} is unknown; there are {', '.join(boards())}")
    _check(board)
    page = pack(assemble(PAGE, brands.load(brand) if brand else None, languages))
    with sources.writing(output), _alone(output):
        if small and board:
            _fill_small(output, page, small.program(SOURCE, board))
        else:
            _fill(output, page, board)
    return output


def needs_small(board: str | None) -> bool:
    """Whether a board's chip has no room for the firmware but as one small program."""
    from firstlight.bench.boards import literals  # which takes the place of the sources from here

    return board in boards() and literals(SOURCE / "boards" / f"{board}.py").get("CHIP") == "esp8266"


def _check(board: str | None) -> None:
    from firstlight.bench import boards, values  # which take the place of the sources from here

    target = boards.board(board) if board else boards.products()
    values.check_product(SOURCE / "product.py", target.chip)


@contextlib.contextmanager
def _alone(output: Path) -> Iterator[None]:
    """One build at a time: tests and virtual devices run side by side."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with open(output.with_name(output.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ground(output: Path, page: bytes) -> set[Path]:
    """Write what every tree has; returns its files."""
    return {
        _write(output / "main.py", MAIN.encode()),
        _write(output / "boot.py", sources.read(SOURCE / "boot.py").encode()),
        _write(output / PACKED, page),
    }


def _fill_small(output: Path, page: bytes, made: Shrunk) -> None:
    wanted = _ground(output, page)
    for file, text in made.texts.items():
        place = file.replace(".", "/")  # a module of a package of the product's
        if file in made.kept:
            name = file if file == "product" else file + ".py"
            content = compiled(text.encode(), name, f"firmware/{place}.py")
        else:  # its lines mean nothing to anybody, and its name is in memory anyway
            content = compiled(text.encode(), file, f"firmware: {file}", "-O3")
        wanted.add(_write(output / "fw" / (place + ".mpy"), content))
    _remove_others(output, wanted)
    # Always, even the same: `board explain` takes the newest.
    names_file(output).write_text(json.dumps(made.told(), indent=1) + "\n", encoding="utf-8")


def names_file(tree: Path) -> Path:
    """Where a small tree's names are told; it is not for the board."""
    return tree.with_name(tree.name + ".names.json")


def _fill(output: Path, page: bytes, board: str | None) -> None:
    wanted = _ground(output, page)
    modules = Modules(output)
    spare = _spare(board) if board else ()
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name in ("boot.py", *spare):
            continue
        text = _product(path, board) if name == "product.py" else sources.read(path)
        place = f"fw/{name.removesuffix('.py')}.mpy"
        wanted.add(_write(output / place, modules.module(place, text.encode(), name, f"firmware/{name}")))
    _remove_others(output, wanted)
    names_file(output).unlink(missing_ok=True)  # of a small build that was here
    modules.note()


def _spare(board: str) -> set[str]:
    """Sources that this board never imports: what they would do, it lacks or product.py does not want."""
    from firstlight.bench.boards import literals  # which takes the place of the sources from here

    facts, product = literals(SOURCE / "boards" / f"{board}.py"), literals(SOURCE / "product.py")
    spare = {f"boards/{other}.py" for other in boards() if other != board}
    if facts.get("LED") == "none":
        spare |= {"led/drivers.py", "led/light.py", "led/patterns.py"}
    spare.add("storage/files.py" if product.get("STORAGE") == "nvs" else "storage/nvs.py")
    if facts.get("CHIP") == "esp8266":
        spare.add("core/aside.py")  # blocking calls in a thread, of which it has none
    return spare


def _write(path: Path, content: bytes) -> Path:
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def _product(path: Path, board: str | None) -> str:
    """The text of product.py, with this board in the place of its own."""
    text = sources.read(path)
    own = re.search(r'^BOARD = "(.*?)"', text, re.MULTILINE)
    if not own:
        raise UserError('firmware/product.py: needs a line BOARD = "…" that names a board')
    return text.replace(own[0], f'BOARD = "{board}"') if board else text


def _remove_others(output: Path, wanted: set[Path]) -> None:
    for path in sorted(output.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                shutil.rmtree(path)
        elif path not in wanted:
            path.unlink()
