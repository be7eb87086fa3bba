"""Writes a ROMFS image into an ESP8266's partition, over the raw REPL.

`vfs.rom_ioctl` as ports/esp8266/vfs_rom_ioctl.c has it: 1 counts the partitions, 2 is one as a memoryview, 3
erases (and tells the least that can be written), 4 writes.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator

from firstlight.board.device import SWITCH
from firstlight.board.transport import PIECE, Board
from firstlight.errors import UserError

_TOOLS = """\
import vfs
from binascii import a2b_base64, hexlify
from hashlib import sha256

def fl_rom(size):
 rom = memoryview(vfs.rom_ioctl(2, 0))
 h = sha256()
 for at in range(0, size, 256):
  h.update(bytes(rom[at : min(at + 256, size)]))
 print(hexlify(h.digest()).decode())

def fl_erase(size):
 try:
  vfs.umount('/rom')
 except OSError:
  pass
 print(vfs.rom_ioctl(3, 0, size))

def fl_put(at, text):
 print(vfs.rom_ioctl(4, 0, at, a2b_base64(text)))
"""


# "half": without the head, which a deployment writes last; or nothing, and our main.py waits for it.
_FOUND = """\
def fl_found():
 rom = memoryview(vfs.rom_ioctl(2, 0))
 def blank(first, end):
  for at in range(first, end, 256):
   if bytes(rom[at : min(at + 256, end)]).strip(b'\\xff'):
    return False
  return True
 if not blank(0, 256):
  return 'image'
 ours = fl_is('/main.py') and fl_ours() and not fl_is('/fw')
 return 'half' if ours or not blank(256, len(rom)) else 'nothing'
"""


def found(board: Board) -> str:
    """What the partition holds, where room() has told of one: "nothing", "half" an image, or an "image"."""
    return board.run("import os, vfs\n" + SWITCH + _FOUND + "print(fl_found())")[-1]


def room(board: Board) -> int:
    """Bytes of the partition, 0 where this MicroPython has none."""
    board.run("import vfs")
    return int(str(board.value("len(vfs.rom_ioctl(2, 0)) if hasattr(vfs, 'rom_ioctl') else 0")))


def write(board: Board, image: bytes, progress: Callable[[int], None]) -> int:
    """Bring the partition to this image. progress: called with the bytes sent so far.

    Returns the bytes sent: none where it was there. Its head, without which nothing is mounted, is written
    last: cut before, the board starts from nothing, and never from half of it. Raises UserError for a board
    without a partition, one that is too small, and when it does not hold what was written.
    """
    size = room(board)
    if not size:
        raise UserError(
            f"{board.port}: this MicroPython has no ROMFS, which an ESP8266 needs to hold the firmware; "
            "flash the image FLASH_2M_ROMFS of 1.25 or newer"
        )
    if len(image) > size:
        raise UserError(f"{board.port}: the image has {len(image):,} bytes, and its ROMFS {size:,}")
    board.run(_TOOLS)
    if _holds(board, image):
        return 0
    with _told_if_cut(board.port):
        _put(board, image, progress)
    return len(image)


def _put(board: Board, image: bytes, progress: Callable[[int], None]) -> None:
    _checked(board, f"fl_erase({len(image)})", "erased")
    done = 0
    for at in [*range(PIECE, len(image), PIECE), 0]:
        piece = image[at : at + PIECE]
        text = b64encode(piece + b"\xff" * (-len(piece) % 4)).decode()
        _checked(board, f"fl_put({at}, {text!r})", "written")
        done += len(piece)
        progress(done)
    if not _holds(board, image):
        raise UserError(f"{board.port}: its ROMFS does not hold what was written; try again")


@contextlib.contextmanager
def _told_if_cut(port: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print(f"{port}: cut in the middle: the board has no firmware now; deploy again", file=sys.stderr)
        raise
    except UserError as error:
        raise UserError(f"{error}; the board has no firmware now") from None


def _holds(board: Board, image: bytes) -> bool:
    return board.run(f"fl_rom({len(image)})")[-1] == hashlib.sha256(image).hexdigest()


def _checked(board: Board, call: str, what: str) -> None:
    code = int(board.run(call)[-1])
    if code < 0:
        raise UserError(f"{board.port}: its ROMFS cannot be {what} (error {-code}); try again")
