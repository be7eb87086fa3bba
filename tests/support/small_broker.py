"""As much of an MQTT broker as the heap's work needs: one client, which is served by script."""

from __future__ import annotations

import asyncio
import contextlib


class SmallBroker:
    """Takes every login. `ready` is set while a client has announced itself."""

    def __init__(self) -> None:
        self.port = 0
        self.ready = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> SmallBroker:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self.drop()
        self._server.close()

    async def publish(self, topic: str, payload: str, qos: int = 0) -> None:
        """Send a message; with QoS 1 wait for PUBACK."""
        name = topic.encode()
        body = len(name).to_bytes(2, "big") + name + (b"\0\x07" if qos else b"") + payload.encode()
        self._acknowledged.clear()
        self._writer.write(bytes((0x30 | qos << 1, len(body))) + body)  # short ones only
        await self._writer.drain()
        if qos:
            await asyncio.wait_for(self._acknowledged.wait(), 5)

    def drop(self) -> None:
        """Break the connection."""
        self.ready.clear()
        if self._writer:
            self._writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind, body = await _packet(reader)
                writer.write(self._answer(kind, body))
                await writer.drain()
        self.ready.clear()
        writer.close()

    def _answer(self, kind: int, body: bytes) -> bytes:
        if kind == 0x10:
            return b"\x20\2\0\0"
        if kind == 0x82:
            return b"\x90\3" + body[:2] + b"\0"
        if kind == 0xC0:
            return b"\xd0\0"
        if kind == 0x40:
            self._acknowledged.set()
        if kind & 0xF0 == 0x30 and kind & 6:
            at = 2 + int.from_bytes(body[:2], "big")
            if body[2:at].endswith(b"info/mcu"):
                self.ready.set()
            return b"\x40\2" + body[at : at + 2]
        return b""


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0]
    size = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        size |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            return kind, await reader.readexactly(size)
