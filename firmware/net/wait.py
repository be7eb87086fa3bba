"""Wait for a socket, as asyncio.stream does: asyncio has nothing public for UDP or for connect."""

from asyncio import core  # pyright: ignore[reportAttributeAccessIssue]  the stubs are CPython's


async def readable(sock):
    core._io_queue.queue_read(sock)
    await _turn()  # pyright: ignore[reportGeneralTypeIssues]  MicroPython awaits generators


async def writable(sock):
    core._io_queue.queue_write(sock)
    await _turn()  # pyright: ignore[reportGeneralTypeIssues]


def _turn():
    yield
