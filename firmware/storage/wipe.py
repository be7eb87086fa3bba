"""Overwrites what a file system let go but did not erase: old copies of the record, with their secrets."""

import os

from micropython import const

_PADDING = const(255)  # a field that no firmware knows: gone at the next change of the record
_PAD = const(88)
_RECORD = const(112)  # bytes of the padded record, at least; littlefs keeps up to 128 in the directory
_CHUNK = const(512)
_FULL = const(28)  # ENOSPC, which the ports' `errno` lacks


def wipe(folder, journal, fields):
    """A generator; each step is a write or two."""
    yield from _rewrite(journal, fields + [(_PADDING, bytes(_PAD))], os.statvfs(folder)[0])
    yield from _fill(folder)


def _rewrite(journal, fields, block):
    """littlefs logs small files in the pair of blocks of their directory: write both full, slot by slot."""
    for _ in range(2 * block // _RECORD + 1):
        journal.erase(fields)
        yield


def _fill(folder):
    """Take all free blocks for a file, and let them go."""
    path = folder + "journal.w"
    block, _, blocks = os.statvfs(folder)[:3]
    chunk = b"\xff" * min(_CHUNK, block)
    try:
        with open(path, "wb") as file:
            file.write(chunk)
            file.flush()  # the directory knows it: a cut leaves a FAT no clusters that are nobody's
            for _ in range(blocks):
                for _ in range(block // len(chunk)):
                    file.write(chunk)
                yield
    except OSError as e:
        if e.errno != _FULL:
            raise
    finally:
        os.remove(path)
        if hasattr(os, "sync"):
            os.sync()
