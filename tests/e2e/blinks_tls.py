"""The light during a TLS handshake with a slow server: firmware/net and firmware/led on a virtual device."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from firstlight.bench.device import VirtualDevice
from firstlight.bench.world import AccessPoint, World
from firstlight.board.build import build

# A self-signed P-256 certificate of slow.example and its key, which open nothing.
_PEM = Path(__file__).parents[1] / "fixtures/slow-tls.pem"

# The cloud's connections are plain text so far: net.stream does the handshake, as it will for them.
_MAIN = """
import asyncio, network, ssl
import product
from led.drivers import driver
from led.light import Light
from net.stream import connect

async def main():
    board = __import__("boards." + product.BOARD, None, None, ("LED",))
    lamp = driver(board.LED, board.LED_PINS, board.LED_INVERTED)
    sta = network.WLAN(network.STA_IF)
    sta.active(True)
    sta.connect("Home")
    while not sta.isconnected():
        await asyncio.sleep_ms(10)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_NONE
    Light(lamp, {}).play("CONNECTING_CLOUD")
    print("handshake begins")
    stream = await connect("slow.example", 8883, context)
    stream.write(b"hello")
    await stream.drain()
    heard = bytearray(5)
    await stream.readinto(heard)
    print("heard", bytes(heard))

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def slow_server(seconds: float) -> AsyncIterator[tuple[str, int]]:
    """The address of a TLS server on loopback that echoes, and lets each of its answers wait so long."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_PEM)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(heard, said, server_side=True)
        shaken = False
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while data := await reader.read(4096):
                heard.write(data)
                with contextlib.suppress(ssl.SSLWantReadError):
                    if not shaken:
                        session.do_handshake()
                        shaken = True
                    session.write(session.read(4096))
                if said.pending:
                    await asyncio.sleep(seconds)
                    writer.write(said.read())

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[:2]


async def while_shaking_hands(directory: Path, board: str, seconds: float) -> list[dict]:
    """The events of a handshake, and of one echo, with a server that lets each answer wait so long."""
    firmware = directory / "firmware"
    shutil.copytree(build(), firmware)
    (firmware / "main.py").write_text(_MAIN)
    async with slow_server(seconds) as address:
        world = World((AccessPoint(b"Home", security="OPEN"),), scale=0.02, names={"slow.example": address})
        device = VirtualDevice(directory / "device", board=board, world=world, firmware=firmware)
        try:
            await device.start()
            await device.wait("log", line="handshake begins")
            begin = len(device.events) - 1
            await device.wait("log", line="heard b'hello'", timeout=4 * seconds + 10)
            return device.events[begin:]
        finally:
            await device.stop()
