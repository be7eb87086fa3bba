"""The slots as blobs in the ESP32's NVS, apart from the file system: they survive a new one."""

from io import BytesIO

from micropython import const

_KEYS = ("journal.a", "journal.b")
_INVALID_LENGTH = const(-4364)  # the buffer is too small
_NO_SPACE = const(-4357)
_FIRST = const(256)  # bytes of the first buffer; most records fit
_MOST = const(16384)
_FILLERS = const(250)  # keys, most with 1 KB


class Nvs:
    """Does for Journal what Files does. `nvs` is an esp32.NVS."""

    def __init__(self, nvs):
        self._nvs = nvs

    def open(self, index):
        size = _FIRST
        while True:
            buffer = memoryview(bytearray(size))
            try:
                size = self._nvs.get_blob(_KEYS[index], buffer)
                return BytesIO(buffer[:size])  # pyright: ignore[reportCallIssue, reportArgumentType]  takes any buffer
            except OSError as e:
                if e.errno != _INVALID_LENGTH or size == _MOST:
                    raise
            size *= 2

    def write(self, index, parts):
        record = b"".join(parts)
        try:
            self._put(_KEYS[index], record)
        except OSError as e:
            if e.errno != _NO_SPACE:
                raise
            self._let_go()  # of what a wipe took that was cut short
            self._put(_KEYS[index], record)

    def discard(self, index):
        self._nvs.erase_key(_KEYS[index])
        self._nvs.commit()

    def wipe(self, journal, fields):
        """NVS erases a page of old entries only when it needs one: fill it to the last entry, then let go."""
        filler = bytes(1024)
        number = 0
        try:
            for size in (1024, 256, 32, 0):
                try:
                    while number < _FILLERS:
                        self._put("wipe%d" % number, filler[:size])
                        number += 1
                        yield
                except OSError as e:
                    if e.errno != _NO_SPACE:
                        raise
        finally:
            self._let_go()

    def _let_go(self):
        for number in range(_FILLERS):
            try:
                self._nvs.erase_key("wipe%d" % number)
            except OSError:
                pass  # never set
        self._nvs.commit()

    def _put(self, key, value):
        if value:
            self._nvs.set_blob(key, value)
        else:
            self._nvs.set_i32(key, 0)  # a single entry: a blob takes three at least
        self._nvs.commit()
