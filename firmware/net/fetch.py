"""One small HTTP request: JSON there, JSON back."""

import asyncio
import json

from micropython import const

from core import log
from net.stream import connect

_MOST = const(1024)  # bytes of an answer's body
_LINE = const(256)


class FetchError(Exception):
    """The server answered, but not with 2xx and JSON; `status` is 0 when it was not HTTP."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


def split_url(url):
    """`http://host:port/path` -> (tls, host, port, path). Raises ValueError."""
    scheme, found, rest = url.partition("://")
    if not found or scheme not in ("http", "https"):
        raise ValueError("not an http(s) URL")
    place, _, path = rest.partition("/")
    host, _, port = place.partition(":")
    tls = scheme == "https"
    if not host or (port and not port.isdigit()):
        raise ValueError("no host in URL")
    return tls, host, int(port) if port else 443 if tls else 80, "/" + path


async def post_json(url, message, ms, tls=None):
    """POST a dict, return the answer's dict. Raises FetchError, OSError, ValueError, asyncio.TimeoutError."""
    return await asyncio.wait_for_ms(_post(url, json.dumps(message).encode(), tls), ms)


async def _post(url, body, tls):
    secure, host, port, path = split_url(url)
    if secure and not tls:
        raise ValueError("https needs a TLS context")
    stream = await connect(host, port, tls if secure else None)
    try:
        head = (
            "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/json\r\n"
            "Content-Length: {}\r\nConnection: close\r\n\r\n"
        )
        stream.write(head.format(path, host, port, len(body)).encode() + body)
        await stream.drain()
        return _answer(await _read(stream))
    finally:
        stream.close()
        await stream.wait_closed()


async def _read(stream):
    """All the server sends until it closes, within bounds."""
    data = b""
    while len(data) < 2 * _MOST:
        part = await stream.read(_LINE)
        if not part:
            break
        data += part
    return data


def _answer(data):
    """Status line, headers and body -> the body's dict. Pure; raises FetchError."""
    head, found, body = data.partition(b"\r\n\r\n")
    parts = head.split(None, 2)
    if not found or len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
        raise FetchError(0)
    status = int(parts[1])
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
        size, _, body = body.partition(b"\r\n")
        try:
            count = int(size.split(b";")[0], 16)
        except ValueError:
            raise FetchError(0)
        if not count:
            break
        out += body[:count]
        body = body[count + 2 :]
    return out
