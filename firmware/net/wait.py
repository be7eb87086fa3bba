"""Wait for a socket (asyncio has nothing public for UDP or for connect), or for what blocks."""

from asyncio import core  # pyright: ignore[reportAttributeAccessIssue]  the stubs are CPython's

try:
    from core.aside import (
        aside as aside,  # so written, it is no unused import: radio and stream take it from here
    )
except ImportError:  # an ESP8266 has no threads: there it blocks

    async def aside(call, *args):
        return call(*args)


async def readable(sock):
    core._io_queue.queue_read(sock)
    await _turn()  # pyright: ignore[reportGeneralTypeIssues]  MicroPython awaits generators


async def writable(sock):
    core._io_queue.queue_write(sock)
    await _turn()  # pyright: ignore[reportGeneralTypeIssues]  as above


def _turn():
    yield
