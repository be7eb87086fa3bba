"""An HTTP request out of untrusted bytes, a block at a time: bounded and pure."""

from micropython import const

from net.request import HttpError, Request, text, unquote

_LINE = const(1538)  # bytes of a request line with its end
_HEADERS = const(2052)  # bytes of all headers with the empty line behind them
_BODY = const(2048)
_FIELDS = const(32)

# What is longer is cut, so that nothing large is ever held: no path or header of that length is of use to us,
# and of a field (with its name, as it was sent) enough is left for a form to see that it is too long.
_METHOD = const(8)
_PATH = const(128)
_FIELD = const(800)
_VERSION = const(10)
_NAME = const(18)
_VALUE = const(128)

_LF = const(10)
_SPACE = const(32)
_PARTS = const(b"?&")  # what a field follows
_FIRST = const(b"horct-*")  # what a wanted header, or the empty line (CR or LF), begins with, in lower case
_WANTED = const((b"host", b"origin", b"referer", b"content-length", b"transfer-encoding"))


class Parser:
    """Tell it each time the block is filled; `request` is whole when `feed` says so."""

    def __init__(self, block):
        self.request = None
        self._block = block
        self._at = 0  # what is read of the block
        self._size = 0  # what is filled of it
        self._part = b""  # of a token that the last block cut
        self._mark = 0  # the byte that ended the last token
        self._left = _LINE  # bytes that may still come, and what is answered to more
        self._over = 414
        self._length = None
        self._steps = self._parse()

    def feed(self, size):
        """Read so many bytes from the block; True when the request is whole. Raises HttpError."""
        self._at = 0
        self._size = size
        return next(self._steps)

    def _parse(self):
        yield from self._line()
        self._left, self._over = _HEADERS, 431
        yield from self._headers()
        self._left, self._over = self._length or 0, 413
        yield from self._body()
        yield True

    def _token(self, marks, most):
        """What comes before the first of `marks`, cut to `most` bytes; None when the block ends before it."""
        block, at, end = self._block, self._at, self._size
        for mark in marks:
            found = block.find(mark, at, end)
            if found >= 0:
                end = found
        token = self._part
        if most:
            most += at - len(token)
            if most > at:
                token += block[at : end if end < most else most]
        found = end < self._size
        self._left -= end - at + found
        if self._left < 0:
            raise HttpError(self._over)
        if not found:
            self._part = token
            self._at = end
            return None
        self._part = b""
        self._at = end + 1
        self._mark = block[end]
        return token

    def _line(self):
        """`GET /path?name=value HTTP/1.1`."""
        while (method := self._token((b" ", b"\n"), _METHOD)) is None:
            yield False
        if self._mark != _SPACE:
            raise HttpError(400)
        while (path := self._token((b" ", b"?", b"\n"), _PATH)) is None:
            yield False
        if not path.startswith(b"/"):
            raise HttpError(400)
        self.request = Request(text(method), text(unquote(path)))
        while self._mark in _PARTS:
            while (pair := self._token((b"&", b" ", b"\n"), _FIELD)) is None:
                yield False
            self._add(pair)
        if self._mark != _SPACE:
            raise HttpError(400)
        while (version := self._token((b"\n",), _VERSION)) is None:
            yield False
        version = version.rstrip()
        if len(version) != 8 or not version.startswith(b"HTTP/1.") or not version[7:].isdigit():
            raise HttpError(400)
        self.request.version11 = version[7] != 48

    def _headers(self):
        block = self._block
        while True:
            at = self._at
            end = block.find(b"\n", at, self._size)
            # Most are of no use to us: what begins unlike the others is passed over as a whole.
            if (
                end > at
                and not self._part
                and block[at] | 32 not in _FIRST
                and block.find(b":", at, end) > at
            ):
                self._at = end + 1
                self._left -= end + 1 - at  # the next token sees whether that was too much
                continue
            while (name := self._token((b":", b"\n"), _NAME)) is None:
                yield False
            if self._mark == _LF:
                if name not in (b"", b"\r"):
                    raise HttpError(400)
                return
            name = name.lower()
            most = _VALUE if name in _WANTED else 0
            while (value := self._token((b"\n",), most)) is None:
                yield False
            if most:
                self._header(name, value.strip())

    def _header(self, name, value):
        if name == b"host":
            self.request.host = text(value)
        elif name == b"origin":
            self.request.origin = text(value)
        elif name == b"referer":  # all that a picture's request tells
            self.request.origin = self.request.origin or text(value)
        elif name == b"content-length":
            if not value.isdigit() or self._length not in (None, int(value)):
                raise HttpError(400)
            self._length = int(value)
            if self._length > _BODY:
                raise HttpError(413)
        else:
            raise HttpError(413)  # a transfer coding: how much will come is not known beforehand

    def _body(self):
        while self._left:
            self._size = min(self._size, self._at + self._left)
            pair = self._token((b"&",), _FIELD)
            if pair is None and not self._left:
                pair = self._part
            if pair is None:
                yield False
            else:
                self._add(pair)

    def _add(self, pair):
        fields = self.request.fields
        self.request.add(pair)
        if len(fields) > _FIELDS:
            raise HttpError(self._over)
