"""A maker's own copy of the product, to make mistakes in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from firstlight.board.build import ROOT

_MAIN = "from firstlight.cli import main\nmain()\n"


class Workshop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("firmware", "tools"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    def change(self, name: str, old: str, new: str) -> None:
        """In a file of it, which must have `old`."""
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))

    def board(self, name: str, old: str, new: str) -> None:
        """A module for one more board: esp32_devkit's with a change."""
        place = f"firmware/boards/{name}.py"
        shutil.copy(self.folder / "firmware/boards/esp32_devkit.py", self.folder / place)
        self.change(place, old, new)

    def run(self, *words: object) -> tuple[int, list[str]]:
        """Exit status of a command and what it said."""
        done = subprocess.run(
            [sys.executable, "-c", _MAIN, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=90,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder / "tools"), "COLUMNS": "200"},
        )
        return done.returncode, (done.stdout + done.stderr).splitlines()
