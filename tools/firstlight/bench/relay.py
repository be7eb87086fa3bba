"""TCP through the air: connections that stall, are refused or break as the radio world has it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

_CHUNK = 16384
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST


class Relay:
    """Leads every connection to one listening socket on to one target.

    air: bytes pass in both directions only while it is set; otherwise they are held, and nothing is said.
    refuses: asked at every new connection; when it returns True that one is reset.
    changed: called with the number of connections whenever it changes.
    """

    def __init__(
        self,
        target: tuple[str, int],
        air: asyncio.Event,
        refuses: Callable[[], bool] = lambda: False,
        changed: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._target = target
        self._air = air
        self._refuses = refuses
        self._changed = changed
        self._listener: socket.socket | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task] = set()

    def listen(self, listener: socket.socket) -> int:
        """Serve on a bound socket, which now belongs to the relay. Returns its port."""
        listener.setblocking(False)
        listener.listen()
        self._listener = listener
        asyncio.get_running_loop().add_reader(listener, self._knock)
        return listener.getsockname()[1]

    def close(self) -> None:
        """Stop listening, now, and break every connection off."""
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        self.break_off()

    async def closed(self) -> None:
        """After close(), until the last connection has been taken apart."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def break_off(self) -> None:
        """Reset every connection, on both sides, at once; bytes held in the air are lost."""
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            _reset(writer)

    def _knock(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # gone again before it was looked at
        task = asyncio.ensure_future(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        self._changed(len(self._tasks))

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        self._changed(len(self._tasks))

    async def _serve(self, connection: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=connection)
        except (OSError, asyncio.CancelledError):
            return connection.close()
        self._writers.add(writer)
        try:
            if not self._refuses():
                await self._air.wait()
                await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # refused, broken by either side, or broken off by us: all end as a reset
        finally:
            _reset(writer)
            self._writers.discard(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._writers.add(there_writer)
        try:
            await _both(self._pump(reader, there_writer), self._pump(there_reader, writer))
            for end in (there_writer, writer):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()
        finally:
            _reset(there_writer)
            self._writers.discard(there_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._air.wait()
            writer.write(data)
            await writer.drain()
        await self._air.wait()
        writer.write_eof()


async def _both(*coroutines) -> None:
    """Run to the end of both, or to the failure of one, which ends the other."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close without ceremony; no effect on a connection that is closed already."""
    if writer.transport.is_closing():
        return
    peer = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
