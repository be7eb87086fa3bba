"""Tests below tests/firmware run inside MicroPython, each function in an interpreter of its own."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from firstlight.board.build import build

FIRMWARE = Path(__file__).parent / "firmware"
MICROPYTHON = Path(sys.executable).with_name("micropython")
LIMIT_S = 60
HEAP = "heapsize=4M"  # storage tests copy whole flash images


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if FIRMWARE in module_path.parents:
        return MicroPythonFile.from_parent(parent, path=module_path)
    return None


class MicroPythonFile(pytest.File):
    """A test module that CPython parses but never imports."""

    def collect(self):
        for node in ast.parse(self.path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield MicroPythonFunction.from_parent(self, name=node.name, line=node.lineno)


class MicroPythonFunction(pytest.Item):
    """One function, run by tests/firmware/run.py against the compiled firmware."""

    def __init__(self, *, line: int, **keywords):
        super().__init__(**keywords)
        self._line = line

    def runtest(self) -> None:
        with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
            done = subprocess.run(
                [MICROPYTHON, "-X", HEAP, FIRMWARE / "run.py", build() / "fw", self.path, self.name],
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                env={**os.environ, "FOLDER": folder + "/"},  # the test's own, for files
            )
        if done.returncode:
            raise FirmwareFailure(done.stdout + done.stderr)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, FirmwareFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, self._line - 1, f"{self.path.stem}.{self.name}"


class FirmwareFailure(Exception):
    """What the interpreter printed before it failed."""
