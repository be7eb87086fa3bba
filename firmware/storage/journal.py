"""Records in two slots, written in turn: a cut at any moment leaves the old one or the new one whole.

A record is a header, fields and a CRC-32 over both; the slot with the higher sequence number is in force.
Header and CRC stay as they are in every version, so that firmware knows a newer record when it sees one.
"""

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
    """Owner of two slots: those of files.py or nvs.py."""

    version = _VERSION  # of the records it writes

    def __init__(self, slots):
        self._slots = slots
        self._live = None  # index of the slot in force
        self._sequence = -1  # nobody has looked yet
        self.newer = False  # what is in force was written by newer firmware: kept, not read

    def load(self):
        """The (key, value) fields in force, or None; says so when there is something it cannot use."""
        found, version = self._look()
        if self.newer:
            log.error("storage", "record of version", version, "is from newer firmware: kept, not read")
        elif self._live is not None:
            return self._read(version)
        elif found:
            log.warn("storage", "journal unreadable: starting as new")
        return None

    def save(self, fields):
        """Put these fields in force. Raises StorageError and keeps the earlier record when that fails."""
        if self._sequence < 0:
            self._look()
        if self.newer:
            raise StorageError("the record was written by newer firmware")
        if self._live is None or not self._same(self._live, fields):
            self._write(fields)

    def replace(self, fields):
        """As save(), but with the owner's leave to follow a record of newer firmware."""
        if self._sequence < 0:
            self._look()
        self.newer = False
        self.save(fields)

    def erase(self, fields):
        """Put these fields in force and overwrite the other slot with them too."""
        if self._sequence < 0:
            self._look()
        self.newer = False
        self._write(fields)
        self._write(fields)

    def wipe(self, fields):
        """A generator that overwrites old copies outside the slots, a flash block a step at most."""
        return self._slots.wipe(self, fields)

    def _look(self):
        """Which slot is in force: (whether there is any, version of what is)."""
        found = False
        version = 0
        self._live = None
        self._sequence = 0
        for index in (0, 1):
            try:
                with self._slots.open(index) as slot:
                    checked = _check(slot)
                    found = True
            except OSError:
                continue
            if checked and checked[1] > self._sequence:
                version, self._sequence = checked
                self._live = index
        self.newer = version > self.version
        return found, version

    def _read(self, version):
        with self._slots.open(self._live) as slot:
            fields = list(_fields(slot))
        if version < self.version:  # its slot stays as it is until something changes
            from storage.migrations import migrate

            fields = migrate(fields, version, self.version)
        return fields

    def _write(self, fields):
        """Into the slot that is not in force, which it then is."""
        index = 1 if self._live == 0 else 0
        sequence = self._sequence + 1
        problem = "read back differs"
        try:
            self._slots.write(index, _record(self.version, sequence, fields))
            with self._slots.open(index) as slot:
                whole = _check(slot) == (self.version, sequence)
            if whole and self._same(index, fields):
                problem = None
        except (OSError, MemoryError) as e:
            problem = e
        if problem:
            self._discard(index)
            raise StorageError("cannot write slot {}: {}".format(index, problem))
        self._live = index
        self._sequence = sequence

    def _discard(self, index):
        """What could not be read back may be whole all the same, and would win after a reset."""
        try:
            self._slots.discard(index)
        except OSError:
            pass

    def _same(self, index, fields):
        count = 0
        with self._slots.open(index) as slot:  # not in the generator: left half-way, it would keep it open
            for stored in _fields(slot):
                if count == len(fields) or stored != fields[count]:
                    return False
                count += 1
        return count == len(fields)


def _record(version, sequence, fields):
    """Its bytes, in small parts."""
    size = sum([_FIELD_SIZE + len(value) for _, value in fields])
    part = struct.pack(_HEADER, b"FL", version, sequence, size)
    crc = crc32(part)
    yield part
    for key, value in fields:
        for part in (struct.pack(_FIELD, key, len(value)), value):
            crc = crc32(part, crc)
            yield part
    yield struct.pack("<I", crc)


def _check(slot):
    """(version, sequence) of an open slot whose every byte is right, else None. OSError when it is empty."""
    header = slot.read(_HEADER_SIZE)
    if not header:
        raise OSError("empty")  # littlefs had made the file when the power went: as good as none
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
    return version, sequence


def _fields(slot):
    """Fields of an open slot that was checked, one at a time."""
    left = struct.unpack(_HEADER, slot.read(_HEADER_SIZE))[3]
    while left >= _FIELD_SIZE:
        key, size = struct.unpack(_FIELD, slot.read(_FIELD_SIZE))
        yield key, slot.read(size)
        left -= _FIELD_SIZE + size
