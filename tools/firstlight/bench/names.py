"""Names that modules bring along: identifiers and short texts that MicroPython does not know."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from firstlight.bench import micropython32
from firstlight.bench.process import SIM
from firstlight.board.shrink.rename import esp8266

_PORT = ("network_esp8266", "sim_machine", "pins", "pwm_esp8266", "timers", "sim_neopixel", "sim_esp")
_COUNT = """\
import micropython, sys
class Names: pass
micropython.qstr_info()
for line in sys.stdin:
    name = eval(line)
    setattr(Names, name, None)
    delattr(Names, name)
micropython.qstr_info()
"""


def count_names(modules: Iterable[Path]) -> int:
    """How many different ones there are in these .mpy files, but for those in an ESP8266's ROM."""
    names = {name for path in modules for name in names_in(path.read_bytes())} - names_of_port()
    result = subprocess.run(
        [*micropython32.command(), "-X", "heapsize=4M", "-c", _COUNT],
        input="".join(f"{name!r}\n" for name in sorted(names)),
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = re.findall(r"n_qstr=(\d+)", result.stdout)
    return int(after) - int(before)


def names_of_port() -> set[str]:
    """Names of the port's own modules, which the unix port lacks: their stand-ins define the same."""
    found: set[str] = set(esp8266())
    for stand_in in _PORT:
        tree = ast.parse((SIM / f"{stand_in}.py").read_text())
        for scope in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
            for node in scope.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    found.add(node.name)
                elif isinstance(node, ast.Assign):
                    found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        found |= {  # Pin.IN, Pin.OUT = …
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr.isupper()
        }
        texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        found |= {text.strip("*/") for text in texts if isinstance(text, str)}  # config keys, arguments
    return {name for name in found if name.isidentifier() and not name.startswith("_")}


def names_in(mpy: bytes) -> Iterator[str]:
    """The names in a .mpy file, but for those that every MicroPython knows; py/persistentcode.c."""
    at = 4

    def number() -> int:
        nonlocal at
        value = 0
        while True:
            at += 1
            value = value << 7 | mpy[at - 1] & 127
            if mpy[at - 1] < 128:
                return value

    count, _ = number(), number()
    for _ in range(count):
        size = number()
        if not size & 1:
            yield mpy[at : at + (size >> 1)].decode()
            at += (size >> 1) + 1
