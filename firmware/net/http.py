"""The tiny HTTP/1.1 server: four connections, a deadline on each, streamed answers."""

import asyncio
import socket

from micropython import const

from core import log
from core.clock import Deadline
from net.parser import Parser
from net.request import HttpError
from net.response import Response
from net.wait import readable

_BLOCK = const(512)
_CONNECTIONS = const(4)
# A phone opens six at once; what does not fit is tried again only a second later. An ESP32 with IDF 5.2 holds
# six, whatever it is told, and resets what comes beyond them.
_BACKLOG = const(8)
_REQUEST_MS = const(5000)
_PROMPT_MS = const(500)  # a request that is not whole by then may make room for another
_HANDLER_MS = const(30000)  # until the answer begins: a scan of both bands takes 11 s
_REFUSAL_MS = const(1000)
_LINGER = const(10)  # blocks, or pauses, that a refused peer may still send in
_LINGER_MS = const(20)
_WATCH_MS = const(200)


class _Connection:
    def __init__(self, sock, serve, full):
        self.sock = sock
        self.response = None  # once the request is whole
        self.deadline = Deadline(_REQUEST_MS)
        self.idle = True  # has said nothing yet, or has been answered: may make room for another
        self.task = asyncio.create_task(serve(self, full))

    def dawdles(self):
        """Whether the request could long have been whole."""
        return not self.response and self.deadline.left() < _REQUEST_MS - _PROMPT_MS


class Server:
    """Hands each whole request to `await handler(request, response)`."""

    def __init__(self, handler):
        self._handler = handler
        self._open = []  # connections, the oldest first
        self._block = bytearray(_BLOCK)  # what was just received; used up before anybody else runs

    async def run(self, host, port=80):
        """Serve until cancelled."""
        listener = socket.socket()
        watch = asyncio.create_task(self._watch())
        try:
            listener.setblocking(False)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(socket.getaddrinfo(host, port)[0][-1])
            listener.listen(_BACKLOG)
            while True:
                try:
                    await readable(listener)
                    self._accept(listener)
                except (OSError, MemoryError) as e:
                    log.warn("http", "not accepted:", e)
                    await asyncio.sleep_ms(100)
        finally:
            watch.cancel()
            listener.close()
            while self._open:
                self._drop(self._open[0])

    async def _watch(self):
        """End what takes too long: cheaper than a task a request."""
        while True:
            await asyncio.sleep_ms(_WATCH_MS)
            for connection in self._open:
                response = connection.response
                if not (response and response.deadline or connection.deadline).left():
                    connection.task.cancel()

    def _accept(self, listener):
        sock = listener.accept()[0]
        try:
            sock.setblocking(False)
            full = len(self._open) >= _CONNECTIONS and not self._room()
            self._open.append(_Connection(sock, self._serve, full))
        except BaseException:
            sock.close()
            raise

    def _room(self):
        """Whether there is a place. Browsers open connections that they may never use; others dawdle."""
        for dawdling in (False, True):
            for connection in list(self._open):
                if len(self._open) < _CONNECTIONS:
                    return True
                if connection.idle or dawdling and connection.dawdles():
                    self._drop(connection)
        return len(self._open) < _CONNECTIONS

    def _drop(self, connection):
        self._open.remove(connection)
        connection.task.cancel()
        connection.sock.close()  # a task that never ran has no `finally`

    async def _serve(self, connection, full):
        try:
            if full:
                raise HttpError(503)
            await self._answer(connection)
        except asyncio.CancelledError:
            if not connection.response and not connection.deadline.left():
                await self._refuse(connection, 408)
            raise
        except HttpError as e:
            await self._refuse(connection, e.status, e.headers)
        except MemoryError:
            await self._refuse(connection, 503)
        except Exception as e:
            # Before the request is whole and after the answer has begun it is the peer that has gone.
            if connection.response and not connection.response.deadline or not isinstance(e, OSError):
                log.exception("http", e)
                await self._refuse(connection, 500)
        finally:
            if connection in self._open:
                self._open.remove(connection)
            connection.sock.close()
            connection.response = None  # asyncio may keep a finished task for a while

    async def _answer(self, connection):
        request = await self._receive(connection)
        connection.deadline = Deadline(_HANDLER_MS)
        response = connection.response = Response(connection.sock, request)
        await self._handler(request, response)

    async def _receive(self, connection):
        """The whole request. Raises HttpError, or OSError when the peer leaves early."""
        sock, block = connection.sock, self._block
        parser = Parser(block)
        while True:
            size = sock.readinto(block)
            if size is None:
                await readable(sock)
            elif not size:
                raise OSError
            else:
                connection.idle = False
                if parser.feed(size):
                    return parser.request

    async def _refuse(self, connection, status, headers=""):
        """Say why, unless an answer has begun."""
        response = connection.response or Response(connection.sock)
        if response.deadline:
            return
        connection.deadline = Deadline(_REFUSAL_MS)
        try:
            await response.refuse(status, headers)
            connection.idle = True
            if not connection.response:
                await self._linger(connection.sock)
        except (OSError, MemoryError):
            pass  # then it is closed without a word

    async def _linger(self, sock):
        """Swallow what is still coming: closing on unread bytes would reset the answer away."""
        for _ in range(_LINGER):
            size = sock.readinto(self._block)
            if size == 0:
                return
            if size is None:
                await asyncio.sleep_ms(_LINGER_MS)
