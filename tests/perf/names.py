"""Names that modules bring along: identifiers and short texts that MicroPython does not know."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from firstlight.bench import micropython32

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
    """How many different ones there are in these .mpy files, that the interpreter has not in its ROM."""
    names = {name for path in modules for name in names_in(path.read_bytes())}
    result = subprocess.run(
        [*micropython32.command(), "-X", "heapsize=4M", "-c", _COUNT],
        input="".join(f"{name!r}\n" for name in sorted(names)),
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = re.findall(r"n_qstr=(\d+)", result.stdout)
    return int(after) - int(before)


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
