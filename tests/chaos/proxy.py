"""A proxy before the broker that does to connections what networks and servers do to them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from dataclasses import dataclass

_CHUNK = 16384
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST


@dataclass(frozen=True)
class Mode:
    """How the proxy behaves from now on.

    act: `pass`, `delay`, `stall` (bytes are held), `cut` (FIN), `reset` (RST), `garbage` (for answers).
    port: where new connections lead.
    breaks: what was open is reset when the mode begins, so that it is felt at once.
    """

    act: str
    port: int
    breaks: bool = False


class Proxy:
    """A loopback port that leads to a broker; use as `async with Proxy(mode, delay) as proxy`."""

    def __init__(self, mode: Mode, delay: float, seed: int = 0) -> None:
        """delay: seconds that each chunk waits in the mode of that name."""
        self._mode = mode
        self._delay = delay
        self._random = random.Random(seed)
        self._flow = asyncio.Event()
        self._flow.set()
        self._tasks: set[asyncio.Task] = set()
        self._clients: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.arrivals: list[float] = []  # time.monotonic() of each connection

    @property
    def visited(self) -> bool:
        """Whether somebody is connected."""
        return bool(self._clients)

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._visited, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def change(self, mode: Mode) -> None:
        """Behave so from now on. Connections that garbage has spoilt end with it."""
        if mode == self._mode:
            return
        before, self._mode = self._mode, mode
        self._flow.clear() if mode.act == "stall" else self._flow.set()
        if mode.act == "cut":
            for client in list(self._clients):
                client.close()
        elif mode.breaks or "garbage" in (mode.act, before.act) or mode.act == "reset":
            for client in list(self._clients):
                if mode.act == "garbage":
                    client.write(self._garbage())
                else:
                    _reset(client)

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrivals.append(time.monotonic())
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._clients.add(writer)
        try:
            if self._mode.act == "cut":
                return
            if self._mode.act == "reset":
                return _reset(writer)
            await self._flow.wait()
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            _reset(writer)  # refused or broken, by either side
        finally:
            self._tasks.discard(task)
            self._clients.discard(writer)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._mode.port)
        pumps = [
            asyncio.create_task(self._pump(reader, there_writer)),
            asyncio.create_task(self._pump(there_reader, writer, answers=True)),
        ]
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in done:
                pump.result()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            there_writer.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool = False
    ) -> None:
        """Until one side has ended: this proxy knows no half-closed connection."""
        while data := await reader.read(_CHUNK):
            await self._flow.wait()
            if self._mode.act == "delay":
                await asyncio.sleep(self._delay)
            writer.write(self._garbage() if answers and self._mode.act == "garbage" else data)
            await writer.drain()

    def _garbage(self) -> bytes:
        return self._random.randbytes(self._random.randint(1, 200))


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN; no effect on a connection that is closed already."""
    if not writer.transport.is_closing():
        with contextlib.suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        writer.transport.abort()
