"""What an HTTP request is answered with: a text, a file, or pieces of a length not known beforehand."""

from micropython import const

from core.clock import Deadline
from net.wait import writable

_BLOCK = const(512)
_WHOLE = const(768)  # a body up to this leaves with its head, in one packet; the two are below a kilobyte
_TAKEN_MS = const(10000)
_SIZE = const(5)  # a chunk begins with its size: three hex digits and a line end
_END = const(7)  # and ends with a line end and, the last one, with an empty chunk

# One text, not a dictionary: it takes less memory. Bytes: for a str, MicroPython looks through all its names.
_REASONS = const(
    b"200 OK\n204 No Content\n302 Found\n400 Bad Request\n403 Forbidden\n404 Not Found\n"
    b"405 Method Not Allowed\n408 Request Timeout\n409 Conflict\n413 Content Too Large\n414 URI Too Long\n"
    b"429 Too Many Requests\n431 Request Header Fields Too Large\n500 Internal Server Error\n"
    b"503 Service Unavailable\n"
)


class Response:
    """What a handler answers through: `send`, `send_file`, or `begin`, `write` …, `finish`; once."""

    def __init__(self, sock, request=None):
        self._sock = sock
        self._head_only = request is not None and request.method == "HEAD"
        self._chunked = request is not None and request.version11
        self._buffer = bytearray()
        self._start = 0  # where in the buffer the chunk begins
        self._used = 0
        self.deadline = None  # for the peer to take the answer, once it has begun

    async def send(self, status, body=b"", kind="text/plain", headers=""):
        if isinstance(body, str):
            body = body.encode()
        head = _head(status, kind, headers, len(body))
        if self._head_only:
            body = b""
        if len(body) <= _WHOLE:
            await self._write(head + body)
        else:
            await self._write(head)
            await self._write(body)

    async def refuse(self, status, headers=""):
        """Nothing but the status."""
        await self.send(status, _reason(status), headers=headers)

    async def send_file(self, path, kind, headers=""):
        """A file from flash, a block at a time."""
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            await self._write(_head(200, kind, headers, size))
            if self._head_only:
                return
            block = memoryview(bytearray(_BLOCK))
            while count := file.readinto(block):
                await self._write(block[:count])

    async def begin(self, status, kind, headers=""):
        """Announce what `write` will bring and `finish` will end."""
        if self._chunked:
            headers += "Transfer-Encoding: chunked\r\n"
        head = _head(status, kind, headers, None)
        if self._head_only:
            await self._write(head)
            return
        self._buffer = bytearray(head + bytes(_BLOCK))
        self._start = len(head)
        self._used = self._start + _SIZE if self._chunked else self._start

    async def write(self, part):
        """Text or bytes; they leave when a block is full."""
        if self._head_only:
            return
        if isinstance(part, str):
            part = part.encode()
        at = 0
        while at < len(part):
            count = min(len(part) - at, len(self._buffer) - _END - self._used)
            self._buffer[self._used : self._used + count] = part[at : at + count]
            self._used += count
            at += count
            if self._used == len(self._buffer) - _END:
                await self._flush(b"\r\n")

    async def finish(self):
        if not self._head_only:
            empty = self._used == self._start + _SIZE
            await self._flush(b"0\r\n\r\n" if empty else b"\r\n0\r\n\r\n")

    async def _flush(self, end):
        buffer, start, used = self._buffer, self._start, self._used
        if self._chunked:
            size = used - start - _SIZE
            if size:
                buffer[start : start + _SIZE] = b"%03x\r\n" % size
            else:
                used = start
            buffer[used : used + len(end)] = end
            used += len(end)
        await self._write(memoryview(buffer)[:used])
        self._start = 0
        self._used = _SIZE if self._chunked else 0

    async def _write(self, data):
        if not self.deadline:
            self.deadline = Deadline(_TAKEN_MS)
        sent = self._sock.write(data)
        if sent == len(data):
            return  # nearly always
        data = memoryview(data)
        while True:
            data = data[sent or 0 :]
            if not len(data):
                return
            await writable(self._sock)
            sent = self._sock.write(data)


def _reason(status):
    at = _REASONS.find(b"%d " % status)
    return b"" if at < 0 else _REASONS[at + 4 : _REASONS.find(b"\n", at)]


def _head(status, kind, headers, size):
    """`size` of the body, or None when it is not known."""
    length = b"" if size is None or status == 204 else b"Content-Length: %d\r\n" % size
    return b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s%sConnection: close\r\n\r\n" % (
        status,
        _reason(status),
        kind,
        length,
        headers,
    )
