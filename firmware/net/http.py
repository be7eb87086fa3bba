"""The tiny HTTP/1.1 server: four connections, a deadline on each, streamed answers."""

import asyncio

from micropython import const

from core import log
from core.clock import Deadline
from net.request import HttpError, read_request

_BLOCK = const(512)
_CONNECTIONS = const(4)
_REQUEST_MS = const(5000)
_RESPONSE_MS = const(10000)
_LINGER_MS = const(100)
_LINGER_BLOCKS = const(8)

_REASONS = {
    200: "OK",
    302: "Found",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Response:
    """What a handler answers through; either `send` or `send_file`, once."""

    def __init__(self, stream, head_only):
        self._stream = stream
        self._head_only = head_only

    async def send(self, status, body="", kind="text/plain", headers=""):
        body = body.encode()
        head = _head(status, len(body), kind, headers)
        self._stream.write(head if self._head_only else head + body)
        await self._stream.drain()

    async def begin(self, status, kind, headers=""):
        self._stream.write(
            "HTTP/1.1 {} OK\r\nContent-Type: {}\r\n{}Connection: close\r\n\r\n".format(status, kind, headers)
        )

    async def write(self, piece):
        self._stream.write(piece)
        await self._stream.drain()

    async def finish(self):
        pass

    async def send_file(self, path, kind, headers=""):
        """A file from flash, a block at a time."""
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            self._stream.write(_head(200, size, kind, headers))
            block = memoryview(bytearray(_BLOCK))
            while not self._head_only:
                count = file.readinto(block)
                if not count:
                    break
                self._stream.write(block[:count])
                await self._stream.drain()
        await self._stream.drain()


def _head(status, size, kind, headers):
    return "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n".format(
        status, _REASONS.get(status, ""), kind, size, headers
    ).encode()


class Server:
    """Hands each whole request to `await handler(request, response)`."""

    def __init__(self, handler):
        self._handler = handler
        self._server = None
        self._open = {}  # task -> its deadline

    async def run(self, host, port=80):
        """Serve until cancelled."""
        self._server = await asyncio.start_server(self._connected, host, port, backlog=_CONNECTIONS)
        try:
            while True:
                await asyncio.sleep_ms(500)
                for task, deadline in list(self._open.items()):
                    if not deadline.left():
                        task.cancel()
        finally:
            self._server.close()
            for task in list(self._open):
                task.cancel()

    async def _connected(self, stream, _):
        task = asyncio.current_task()
        try:
            if len(self._open) >= _CONNECTIONS:
                raise HttpError(503)
            self._open[task] = Deadline(_REQUEST_MS)
            await self._answer(stream, task)
        except HttpError as e:
            await _refuse(stream, e.status, e.headers)
        except MemoryError:
            await _refuse(stream, 503)
        except asyncio.CancelledError:
            if not self._open[task].left():
                await _refuse(stream, 408)
            raise
        except (OSError, EOFError):
            pass  # the peer has gone
        except Exception as e:
            log.exception("http", e)
            await _refuse(stream, 500)
        finally:
            self._open.pop(task, None)
            stream.close()
            await stream.wait_closed()

    async def _answer(self, stream, task):
        request = await read_request(stream)
        self._open[task] = Deadline(_RESPONSE_MS)
        await self._handler(request, Response(stream, request.method == "HEAD"))


async def _refuse(stream, status, headers=""):
    """Say why, then swallow what is still coming: closing on unread bytes would reset the answer away."""
    try:
        answer = Response(stream, False).send(status, _REASONS[status], headers=headers)
        await asyncio.wait_for_ms(answer, 1000)
        for _ in range(_LINGER_BLOCKS):
            if not await asyncio.wait_for_ms(stream.read(_BLOCK), _LINGER_MS):
                return
    except (OSError, asyncio.TimeoutError):
        pass
