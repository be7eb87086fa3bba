"""`firstlight board explain`: an ESP8266's tracebacks in the names of the sources."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from firstlight.board import romfs
from firstlight.board.build import OUTPUT, names_file
from firstlight.board.sources import shown
from firstlight.errors import UserError

# Of `board deploy` and `board romfs`, and of `board build`.
_PLACES = names_file(romfs.OUTPUT.with_name(romfs.OUTPUT.name + "-tree")), names_file(OUTPUT)
_WRITERS = "`firstlight board deploy`, `romfs` and `build` for an ESP8266"
_FRAME = re.compile(r'File "(\w+)", line 1, in (\w+)')


class Told:
    """What the names of a small build were."""

    def __init__(self, path: Path) -> None:
        """path: the file beside the tree. Raises UserError when it cannot be read."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            self._files, self._names = dict(told["files"]), dict(told["names"])
        except OSError as error:
            raise UserError(
                f"--names: cannot read {path} ({error.strerror}); {_WRITERS} write such a file"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise UserError(f"--names: {path} is no list of names; {_WRITERS} write one") from None

    def line(self, line: str) -> str:
        """A line of the log; where it is one of a traceback, with what can be meant."""
        return _FRAME.sub(self._frame, line)

    def _frame(self, frame: re.Match[str]) -> str:
        files, names = self._files.get(frame[1], [frame[1]]), self._names.get(frame[2], [frame[2]])
        return f"File {' or '.join(files)}, in {' or '.join(names)}"


def explain_command(
    names: Annotated[
        Path | None,
        typer.Option("--names", help="The build's names, beside its tree (default: the newest in build/)."),
    ] = None,
) -> None:
    """Read a log of an ESP8266 from standard input, and print it with the names of the sources.

    In the small build names are those of MicroPython's ROM; one of them may stand for several.
    """
    told = Told(names or newest(_PLACES))
    for line in sys.stdin:
        print(told.line(line), end="", flush=True)


def newest(places: Iterable[Path]) -> Path:
    """The one that was written last, told on standard error. Raises UserError where there is none."""
    there = [path for path in places if path.exists()]
    if not there:
        raise UserError(f"--names: none are in build/; {_WRITERS} write them")
    path = max(there, key=lambda path: path.stat().st_mtime_ns)
    print(f"names of {shown(path)}", file=sys.stderr)
    return path
