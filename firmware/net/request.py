"""An HTTP request out of untrusted bytes: bounded and pure but for the reading itself."""

from micropython import const

_LINE = const(1536)  # bytes of a request line
_HEADERS = const(2048)  # bytes of all headers
_BODY = const(2048)
_BLOCK = const(512)


class HttpError(Exception):
    """A request that is answered with this status."""

    def __init__(self, status, headers=""):
        super().__init__(status)
        self.status = status
        self.headers = headers


class Request:
    def __init__(self, method, path, query):
        self.method = method
        self.path = path
        self.fields = parse_fields(query)
        self.host = ""
        self.origin = ""
        self.length = 0

    def header(self, line):
        """Take one header line in; only a few matter."""
        name, colon, value = line.partition(b":")
        if not colon:
            raise HttpError(400)
        name = name.lower()
        if name == b"host":
            self.host = _text(value.strip())
        elif name == b"origin":
            self.origin = _text(value.strip())
        elif name == b"content-length":
            if not value.strip().isdigit():
                raise HttpError(400)
            self.length = int(value)
            if self.length > _BODY:
                raise HttpError(413)
        elif name == b"transfer-encoding":
            raise HttpError(413)  # its length is not known beforehand


def request_line(line):
    """`GET /path?query HTTP/1.1` -> (method, path, query bytes). Raises HttpError."""
    parts = line.split()
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
        raise HttpError(400)
    path, _, query = parts[1].partition(b"?")
    if not path.startswith(b"/"):
        raise HttpError(400)
    return _text(parts[0]), _text(unquote(path)), query


def parse_fields(data):
    """`a=b&c=d` -> {"a": b"b", "c": b"d"}; the first of equal names wins."""
    fields = {}
    if data:
        for pair in data.split(b"&"):
            name, _, value = pair.partition(b"=")
            name = _text(unquote(name))
            if name and name not in fields:
                fields[name] = unquote(value)
    return fields


def unquote(data):
    """Percent and `+` decoding, any byte; a stray `%` stays."""
    if b"+" in data:
        data = data.replace(b"+", b" ")
    if b"%" not in data:
        return bytes(data)
    parts = data.split(b"%")
    out = [parts[0]]
    for part in parts[1:]:
        high, low = _digit(part, 0), _digit(part, 1)
        if high is None or low is None:
            out.append(b"%" + part)
        else:
            out.append(bytes((high << 4 | low,)) + part[2:])
    return b"".join(out)


def _digit(part, at):
    if at < len(part):
        char = part[at]
        if 48 <= char <= 57:
            return char - 48
        char |= 32
        if 97 <= char <= 102:
            return char - 87
    return None


def _text(data):
    try:
        return bytes(data).decode()
    except UnicodeError:
        raise HttpError(400)


async def read_request(stream):
    """A whole request off a stream. Raises HttpError, OSError, or EOFError when the peer leaves early."""
    reader = _Reader(stream)
    request = Request(*request_line(await reader.line(_LINE, 414)))
    left = _HEADERS
    while True:
        line = await reader.line(left, 431)
        if not line:
            break
        left -= len(line) + 2
        request.header(line)
    if request.length:
        body = await reader.exactly(request.length)
        for name, value in parse_fields(body).items():
            request.fields.setdefault(name, value)
    return request


class _Reader:
    """Lines and bodies out of the blocks that arrive; holds no more than what was asked for."""

    def __init__(self, stream):
        self._stream = stream
        self._rest = b""

    async def line(self, most, status):
        while True:
            end = self._rest.find(b"\n")
            if end > most or (end < 0 and len(self._rest) > most):
                raise HttpError(status)
            if end >= 0:
                line = self._rest[:end]
                self._rest = self._rest[end + 1 :]
                return line.rstrip(b"\r")
            await self._more()

    async def exactly(self, size):
        while len(self._rest) < size:
            await self._more()
        return self._rest[:size]

    async def _more(self):
        block = await self._stream.read(_BLOCK)
        if not block:
            raise EOFError
        self._rest += block
