"""`esp32.NVS`: six pages of 32-byte entries, in an image of its own beside the flash.

As in ESP-IDF, what is replaced or erased stays legible until its page is erased, which happens only when room
is needed. A power cut leaves each call whole or undone: the image is replaced at once.
"""

import struct

from vfs import VfsPosix

_PAGES = 6
_PAGE = 4096
_STATES = 32  # in a page: its order, then from here on two bits an entry, then the entries
_FIRST = 64
_ENTRY = 32
_ENTRIES = 126
_HEAD = "<BBBxi16s"  # namespace, type, entries, then size or value, key
_I32 = 0x14
_BLOB = 0x42
_MOST = (_ENTRIES - 2) * _ENTRY  # bytes of a blob: one that takes several pages is not stood in
_KEY = 15
_CALIBRATION = 1904  # bytes that the radio keeps in every board's NVS

# PORT-BEHAVIOUR 4
NOT_FOUND = (-4354, "ESP_ERR_NVS_NOT_FOUND")
NO_SPACE = (-4357, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")
LONG_KEY = (-4361, "ESP_ERR_NVS_KEY_TOO_LONG")
SHORT_BUFFER = (-4364, "ESP_ERR_NVS_INVALID_LENGTH")
LONG_VALUE = (-4366, "ESP_ERR_NVS_VALUE_TOO_LONG")

_host = VfsPosix()  # from before the board's own file system hides it
_path = None
_pages = []


class Page:
    """4096 bytes, and an index of them: {(namespace, type, key): first entry}."""

    def __init__(self, image=None):
        self.image = bytearray(image or b"\xff" * _PAGE)
        self.used = 0  # entries, erased ones too
        self.items = {}
        while self.used < _ENTRIES and self._state(self.used) != 3:
            space, kind, span, _, key = self.head(self.used)
            if self._state(self.used) == 2:
                self.items[space, kind, key.rstrip(b"\0")] = self.used
            self.used += span

    def order(self, *number):
        """Pages are filled one after the other; a free one has no order: 0."""
        if number:
            self.image[:4] = number[0].to_bytes(4, "little")
        number = int.from_bytes(self.image[:4], "little")
        return 0 if number == 0xFFFFFFFF else number

    def head(self, entry):
        return struct.unpack_from(_HEAD, self.image, _FIRST + entry * _ENTRY)

    def unused(self):
        return _ENTRIES - sum([self.head(entry)[2] for entry in self.items.values()])

    def get(self, name):
        """The entries of an item."""
        at = _FIRST + self.items[name] * _ENTRY
        return self.image[at : at + self.image[at + 2] * _ENTRY]

    def put(self, name, entries):
        """Append an item; False when there is no room."""
        entry, span = self.used, len(entries) // _ENTRY
        if entry + span > _ENTRIES:
            return False
        at = _FIRST + entry * _ENTRY
        self.image[at : at + len(entries)] = entries
        self._state(entry, 2)
        self.items[name] = entry
        self.used += span
        return True

    def drop(self, name):
        """Only its state changes."""
        self._state(self.items.pop(name), 0)

    def _state(self, entry, *new):
        at, shift = _STATES + entry // 4, entry % 4 * 2
        if new:
            self.image[at] = self.image[at] & ~(3 << shift) | new[0] << shift
        return self.image[at] >> shift & 3


def setup(path):
    """Take the NVS in this file, or a new board's."""
    global _path
    _path = path
    try:
        with _host.open(path, "rb") as file:
            _pages[:] = [Page(file.read(_PAGE)) for _ in range(_PAGES)]
    except OSError:
        _pages[:] = [Page() for _ in range(_PAGES)]
        NVS("phy").set_blob("cal_data", bytes(_CALIBRATION))


def _save():
    with _host.open(_path + ".new", "wb") as file:
        for page in _pages:
            file.write(page.image)
    _host.rename(_path + ".new", _path)


def _active():
    return max(_pages, key=Page.order)


def _new_page():
    """The next free page; the last one takes over what lives in the page with least of it."""
    number = _active().order() + 1
    free = [page for page in _pages if not page.order()]
    if len(free) == 1:
        victim = max([page for page in _pages if page.order()], key=Page.unused)
        if not victim.unused():
            raise OSError(*NO_SPACE)
        for name in victim.items:
            free[0].put(name, victim.get(name))
        victim.__init__()
    free[0].order(number)


def _find(name):
    for page in _pages:
        if name in page.items:
            return page
    raise OSError(*NOT_FOUND)


def _write(name, entries):
    """The new item is written before the old one goes: for a moment there is room for both."""
    holders = [page for page in _pages if name in page.items]
    if holders and holders[0].get(name) == entries:
        return
    if not _active().order() or not _fits(entries):
        _new_page()
        if not _fits(entries):
            raise OSError(*NO_SPACE)
    for page in _pages:
        if name in page.items:
            page.drop(name)
    _active().put(name, entries)


def _fits(entries):
    return _active().used + len(entries) // _ENTRY <= _ENTRIES


def _key(text):
    key = text.encode()
    if len(key) > _KEY:
        raise OSError(*LONG_KEY)
    return key


class NVS:
    """A namespace. Namespaces are numbers under their names, in namespace 0."""

    def __init__(self, name):
        name = 0, _I32, _key(name)
        try:
            self._space = struct.unpack_from("<i", _find(name).get(name), 4)[0]
        except OSError:
            self._space = 1 + sum([item[0] == 0 for page in _pages for item in page.items])
            self._set(name, self._space)

    def set_i32(self, key, value):
        self._set((self._space, _I32, _key(key)), value)

    def get_i32(self, key):
        name = self._space, _I32, _key(key)
        return struct.unpack_from("<i", _find(name).get(name), 4)[0]

    def set_blob(self, key, value):
        value = bytes(value)
        if len(value) > _MOST:
            raise OSError(*LONG_VALUE)
        self._set((self._space, _BLOB, _key(key)), len(value), value)

    def get_blob(self, key, buffer):
        name = self._space, _BLOB, _key(key)
        entries = _find(name).get(name)
        size = struct.unpack_from("<i", entries, 4)[0]
        if size > len(buffer):
            raise OSError(*SHORT_BUFFER)
        buffer[:size] = entries[2 * _ENTRY : 2 * _ENTRY + size]
        return size

    def erase_key(self, key):
        key = _key(key)
        names = [(self._space, kind, key) for kind in (_I32, _BLOB)]
        for page in _pages:
            for name in names:
                if name in page.items:
                    page.drop(name)
                    return _save()
        raise OSError(*NOT_FOUND)

    def commit(self):
        pass  # on a board, too: each call above has written

    def _set(self, name, number, value=None):
        space, kind, key = name
        span = 1
        if value is not None:
            span = 2 + (len(value) + _ENTRY - 1) // _ENTRY  # an index and a head, then the bytes
        entries = bytearray(b"\xff" * (span * _ENTRY))
        struct.pack_into(_HEAD, entries, 0, space, kind, span, number, key)
        if value is not None:
            entries[2 * _ENTRY : 2 * _ENTRY + len(value)] = value
        _write(name, entries)
        _save()
