"""What an HTTP request says, out of untrusted bytes."""

from binascii import unhexlify

from core.cut import cut


class HttpError(Exception):
    """A request that is answered with this status."""

    def __init__(self, status, headers=""):
        super().__init__(status)
        self.status = status
        self.headers = headers


class Request:
    """What a handler may know; `fields` are those of query and body, decoded, the first of equal names."""

    def __init__(self, method, path):
        self.method = method
        self.path = path
        self.fields = {}
        self.host = ""
        self.origin = ""
        self.version11 = False

    def add(self, pair):
        """Take `name=value` in."""
        name, _, value = cut(pair, b"=")
        name = text(unquote(name))
        if name and name not in self.fields:
            self.fields[name] = unquote(value)


def unquote(data):
    """Percent and `+` decoding, any byte; a stray `%` stays."""
    if b"+" in data:
        data = data.replace(b"+", b" ")
    percent = data.find(b"%")
    if percent < 0:
        return data
    out = bytearray()
    at = 0
    while percent >= 0:
        out.extend(data[at:percent])
        at = percent + 3
        try:
            byte = unhexlify(data[percent + 1 : at])
        except ValueError:
            byte = b""
        if not byte:
            byte = b"%"
            at = percent + 1
        out.extend(byte)
        percent = data.find(b"%", at)
    out.extend(data[at:])
    return bytes(out)


def text(data):
    """As UTF-8. Raises HttpError."""
    try:
        return data.decode()
    except UnicodeError:
        raise HttpError(400)
