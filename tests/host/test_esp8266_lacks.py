"""What an ESP8266's MicroPython does not have is not asked for.

The interpreters here have all of it, so only reading finds it. Source: ports/esp8266/mpconfigport.h, what it
disables of the extra feature level.
"""

from __future__ import annotations

import ast

import pytest

from firstlight.board.build import SOURCE
from firstlight.board.small import NOT_ITS

METHODS = {"partition", "rpartition", "splitlines", "center", "indices"}
NAMES = {"__file__", "NotImplemented", "compile", "execfile", "complex"}
FROM = {
    "binascii": {"crc32"},
    "math": {
        "tau",
        "inf",
        "nan",
        "factorial",
        "isclose",
        "log2",
        "log10",
        "sinh",
        "cosh",
        "tanh",
        "erf",
        "gamma",
    },
    "random": {"choice", "randint", "randrange", "random", "uniform"},
    "sys": {"ps1", "ps2"},
}
MODULES = sorted(
    path.relative_to(SOURCE).as_posix()
    for path in SOURCE.rglob("*.py")
    if path.relative_to(SOURCE).as_posix() not in set(NOT_ITS) - {"boot.py"}
)


def lacking(text: str) -> list[str]:
    """`line: name` of what is asked for in vain."""
    found = []
    for node in ast.walk(ast.parse(text)):
        name = ""
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            name = node.attr if node.attr in METHODS | FROM.get(owner, set()) else ""
        elif isinstance(node, ast.Name):
            name = node.id if node.id in NAMES else ""
        elif isinstance(node, ast.ImportFrom):
            name = ", ".join({alias.name for alias in node.names} & FROM.get(node.module or "", set()))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "pow":
            name = "pow with three" if len(node.args) > 2 else ""
        if name:
            found.append(f"{node.lineno}: {name}")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_asked_for_that_the_chip_lacks(module):
    assert lacking((SOURCE / module).read_text(encoding="utf-8")) == []


def test_it_would_be_found():
    text = "from math import log2\nimport random\na.partition(b)\n__file__\nrandom.choice(a)\npow(1, 2, 3)\n"
    assert [line.split(": ")[1] for line in lacking(text)] and len(lacking(text)) == 5
