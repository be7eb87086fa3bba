"""Records in two slots, written in turn: a cut at any moment leaves the old one or the new one whole.

A record is a header, fields and a CRC-32 over both; the slot with the higher sequence number is in force.
"""

import os
import struct

from micropython import const

from core import log
from core.crc import crc32

_VERSION = const(1)
_HEADER = "<2sBIH"  # magic, record version, sequence, bytes of fields
_HEADER_SIZE = const(9)
_FIELD = "<BH"  # key, bytes of value
_FIELD_SIZE = const(3)
_MOST = const(8192)  # bytes of fields; a longer claim in a header is damage


class StorageError(Exception):
    """Nothing was changed: the earlier record is still in force."""


class Journal:
    """Owner of the two slots `FOLDER/journal.a` and `.b`."""

    def __init__(self, folder="/"):
        self._slots = (folder + "journal.a", folder + "journal.b")
        self._live = None  # index of the slot in force
        self._sequence = 0
        self._newer = False

    def load(self):
        """The (key, value) fields in force, or None; says once when there are slots but no record."""
        found = False
        self._live = None
        self._sequence = 0
        for index, path in enumerate(self._slots):
            sequence = None
            try:
                with open(path, "rb") as slot:
                    found = True
                    sequence = self._check(slot)
            except OSError:
                pass
            if sequence is not None and sequence > self._sequence:
                self._live = index
                self._sequence = sequence
        if self._newer:  # ours, if there is one, is out of date
            return None
        if self._live is None:
            if found:
                log.warn("storage", "journal unreadable: starting as new")
            return None
        with open(self._slots[self._live], "rb") as slot:
            return list(_fields(slot))

    def save(self, fields):
        """Put these fields in force. Raises StorageError and keeps the earlier record when that fails."""
        if self._newer:
            raise StorageError("the record was written by newer firmware: erase it first")
        if self._live is not None and _same(self._slots[self._live], fields):
            return
        self._write(fields)

    def erase(self, fields):
        """Put these fields in force and overwrite the other slot with them too."""
        self._newer = False
        self._write(fields)
        self._write(fields)

    def _check(self, slot):
        """Sequence number of an open slot whose every byte is right, else None."""
        header = slot.read(_HEADER_SIZE)
        if len(header) != _HEADER_SIZE:
            return None
        magic, version, sequence, left = struct.unpack(_HEADER, header)
        if magic != b"FL" or left > _MOST:
            return None
        crc = crc32(header)
        while left:
            part = slot.read(min(left, 128))
            if not part:
                return None
            left -= len(part)
            crc = crc32(part, crc)
        if slot.read(5) != struct.pack("<I", crc):
            return None
        if version > _VERSION:
            log.error("storage", "record of version", version, "is from newer firmware: kept, not read")
            self._newer = True
            return None
        return sequence

    def _write(self, fields):
        """Into the slot that is not in force, which it then is."""
        index = 1 if self._live == 0 else 0
        path = self._slots[index]
        sequence = self._sequence + 1
        try:
            with open(path, "wb") as slot:
                _put(slot, sequence, fields)
            if hasattr(os, "sync"):
                os.sync()  # FAT holds sectors back; littlefs has committed at close
            with open(path, "rb") as slot:
                whole = self._check(slot) == sequence
            if not whole or not _same(path, fields):
                raise StorageError("read back differs: " + path)
        except OSError as e:
            raise StorageError("cannot write {}: {}".format(path, e))
        self._live = index
        self._sequence = sequence


def _put(slot, sequence, fields):
    size = sum([_FIELD_SIZE + len(value) for _, value in fields])
    part = struct.pack(_HEADER, b"FL", _VERSION, sequence, size)
    crc = crc32(part)
    slot.write(part)
    for key, value in fields:
        for part in (struct.pack(_FIELD, key, len(value)), value):
            crc = crc32(part, crc)
            slot.write(part)
    slot.write(struct.pack("<I", crc))


def _fields(slot):
    """Fields of an open slot that was checked, one at a time."""
    left = struct.unpack(_HEADER, slot.read(_HEADER_SIZE))[3]
    while left >= _FIELD_SIZE:
        key, size = struct.unpack(_FIELD, slot.read(_FIELD_SIZE))
        yield key, slot.read(size)
        left -= _FIELD_SIZE + size


def _same(path, fields):
    count = 0
    with open(path, "rb") as slot:  # not in the generator: left half-way, it would keep the file open
        for stored in _fields(slot):
            if count == len(fields) or stored != fields[count]:
                return False
            count += 1
    return count == len(fields)
