"""What a board says about itself."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from firstlight.board.transport import Board
from firstlight.errors import UserError

# In this order: asyncio and network take some of the heap that is measured first.
_ASK = """\
import gc, os, sys
gc.collect()
def fl_has(name):
 try:
  return bool(__import__(name))
 except ImportError:
  return False
def fl_facts():
 f = {'heap_free': gc.mem_free(), 'heap': gc.mem_free() + gc.mem_alloc()}
 f['platform'] = sys.platform
 f['machine'] = getattr(sys.implementation, '_machine', '')
 f['version'] = tuple(sys.implementation.version[:3])
 f['mpy'] = getattr(sys.implementation, '_mpy', 0) & 255
 f['build'] = getattr(sys.implementation, '_build', '')
 s = os.statvfs('/')
 f['block'], f['files_size'], f['files_free'] = s[0], s[0] * s[2], s[0] * s[4]
 f['flash'] = 0
 if fl_has('esp'):
  import esp
  f['flash'] = esp.flash_size()
 f['has'] = [n for n in ('machine', 'network', 'neopixel', 'asyncio') if fl_has(n)]
 print(f)
fl_facts()
"""


@dataclass(frozen=True)
class Facts:
    """Sizes are bytes; `flash` is 0 where the board does not tell."""

    heap_free: int
    heap: int
    platform: str
    machine: str
    version: tuple[int, ...]
    mpy: int
    build: str
    block: int
    files_size: int
    files_free: int
    flash: int
    has: list[str]

    @property
    def chip(self) -> str | None:
        """Its chip, named as in firmware/boards; None where it is none of Espressif's."""
        return chip_of(self.machine)


def chip_of(machine: str) -> str | None:
    """`Generic ESP32S3 module with ESP32-S3` is an "esp32s3"."""
    found = re.search(r"ESP(8266|32)(?:-?([A-Z]\d))?", machine.rpartition(" with ")[2])
    return f"esp{found[1]}{found[2] or ''}".lower() if found else None


def ask(board: Board) -> Facts:
    """Raises as Board.run() does."""
    return Facts(**ast.literal_eval(board.run(_ASK)[-1]))


def check_chip(facts: Facts, name: str, chip: str, port: str) -> None:
    """Raise UserError when the board `name` of firmware/boards has another chip than the one on this port."""
    if facts.chip and facts.chip != chip:
        raise UserError(
            f"{port}: an {facts.chip}, and the firmware is for {name}, an {chip}; choose another --board"
        )
