"""`firstlight board explain`: an ESP8266's tracebacks in the names of the sources."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from firstlight.board.build import names_file
from firstlight.board.romfs import OUTPUT
from firstlight.errors import UserError

_NAMES = names_file(OUTPUT.with_name(OUTPUT.name + "-tree"))
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
                f"--names: cannot read {path} ({error.strerror}); `board romfs` and `board build` write it"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise UserError(f"--names: {path} is no list of names; `board romfs` writes one") from None

    def line(self, line: str) -> str:
        """A line of the log; where it is one of a traceback, with what can be meant."""
        return _FRAME.sub(self._frame, line)

    def _frame(self, frame: re.Match[str]) -> str:
        files, names = self._files.get(frame[1], [frame[1]]), self._names.get(frame[2], [frame[2]])
        return f"File {' or '.join(files)}, in {' or '.join(names)}"


def explain_command(
    names: Annotated[Path, typer.Option("--names", help="The names of the build, beside its tree.")] = _NAMES,
) -> None:
    """Read a log of an ESP8266 from standard input, and print it with the names of the sources.

    In the small build names are those of MicroPython's ROM; one of them may stand for several.
    """
    told = Told(names)
    for line in sys.stdin:
        print(told.line(line), end="", flush=True)
