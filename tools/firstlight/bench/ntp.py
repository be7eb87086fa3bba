"""A real NTP server on loopback, for devices whose clock starts in 2000."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import AsyncIterator, Callable

_UNIX = 2208988800  # seconds from 1900 to 1970
_SIZE = 48
_SERVER = 4


class TimeServer(asyncio.DatagramProtocol):
    """Answers every question with the time of `clock`, in Unix seconds.

    stratum: what it says of itself; 0 is the kiss of death.
    lost: so many of the next questions get no answer. asked: how many there were.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.stratum = 2
        self.lost = 0
        self.asked = 0
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._transport.get_extra_info("sockname")[:2]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        self.asked += 1
        if self.lost:
            self.lost -= 1
        elif len(data) >= _SIZE:
            self._transport.sendto(self._answer(data), peer)

    def _answer(self, question: bytes) -> bytes:
        now = self.clock() + _UNIX
        stamp = struct.pack(">II", int(now) & 0xFFFFFFFF, int(now % 1 * (1 << 32)))
        version = question[0] & 0x38
        head = struct.pack(">BBbbII4s", version | _SERVER, self.stratum, 6, -20, 0, 0, b"LOCL")
        return head + stamp + question[40:48] + stamp + stamp


@contextlib.asynccontextmanager
async def time_server(clock: Callable[[], float] = time.time) -> AsyncIterator[TimeServer]:
    """A server on a free port of loopback."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: TimeServer(clock), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
