"""One small HTTP request at a time; the answers are read within bounds."""

import asyncio
import json

from micropython import const

from core import log
from core.cut import cut
from net.stream import connect

_MOST = const(1024)  # bytes of an answer's body
_LINE = const(256)
_HEAD_END = b"\r\n\r\n"


class FetchError(Exception):
    """The server answered, but not with 2xx and JSON; `status` is 0 when it was not HTTP."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


def split_url(url):
    """`http://host:port/path` -> (tls, host, port, path). Raises ValueError."""
    scheme, found, rest = cut(url, "://")
    if not found or scheme not in ("http", "https"):
        raise ValueError("not an http(s) URL")
    place, _, path = cut(rest, "/")
    host, _, port = cut(place, ":")
    tls = scheme == "https"
    if not host or (port and not port.isdigit()):
        raise ValueError("no host in URL")
    return tls, host, int(port) if port else 443 if tls else 80, "/" + path


async def post_json(url, message, ms, tls=None):
    """POST a dict, return the answer's dict. Raises FetchError, OSError, ValueError, asyncio.TimeoutError."""
    body = json.dumps(message).encode()
    return _json(await asyncio.wait_for_ms(ask("POST", url, tls, body), ms))


async def ask(method, url, tls=None, body=None):
    """The bytes of the answer: all until the server closes, or without a body to send the head at least.

    The caller sets the deadline.
    """
    secure, host, port, path = split_url(url)
    if secure and not tls:
        raise ValueError("https needs a TLS context")
    stream = await connect(host, port, tls if secure else None)
    try:
        head = "{} {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n".format(method, path, host, port)
        if body is not None:
            head += "Content-Type: application/json\r\nContent-Length: {}\r\n".format(len(body))
        stream.write((head + "\r\n").encode() + (body or b""))
        await stream.drain()
        return await _read(stream, body is None)
    finally:
        stream.close()


async def _read(stream, head_only):
    data = b""
    block = bytearray(_LINE)
    while len(data) < 2 * _MOST and not (head_only and _HEAD_END in data):
        size = await stream.readinto(block)
        if not size:
            break
        data += block[:size]
    return data


def split(data):
    """(status, head, body) of an answer. Pure; raises FetchError."""
    head, found, body = cut(data, _HEAD_END)
    parts = head.split(None, 2)
    if not found or len(parts) < 2 or not parts[0].startswith(b"HTTP/1."):
        raise FetchError(0)
    if len(parts[1]) != 3 or not parts[1].isdigit():
        raise FetchError(0)
    return int(parts[1]), head, body


def _json(data):
    """The dict in an answer's body. Pure; raises FetchError."""
    status, head, body = split(data)
    if not 200 <= status <= 299:
        log.warn("fetch", "status", status)
        raise FetchError(status)
    if b"transfer-encoding: chunked" in head.lower():
        body = _joined(body)
    try:
        answer = json.loads(body)
    except ValueError:
        raise FetchError(status)
    if not isinstance(answer, dict):
        raise FetchError(status)
    return answer


def _joined(body):
    """A chunked body without its chunk sizes."""
    out = b""
    while len(out) <= _MOST:
        size, _, body = cut(body, b"\r\n")
        try:
            count = int(size.split(b";")[0], 16)
        except ValueError:
            raise FetchError(0)
        if count <= 0:
            break
        out += body[:count]
        body = body[count + 2 :]
    return out
