"""Lack of memory, TLS streams that wake for nothing, and what a connection leaves behind: nothing."""

import asyncio
import io
import os
from asyncio import core
from time import ticks_diff, ticks_ms

from net.inbound import Inbound
from net.mqtt import MqttError
from net.stream import Stream
from scripted import CONNACK, Broker, Deaf, Session, ended, fails, pour


class Scarce:
    """A stream on which one operation finds no memory."""

    def __init__(self, stream, what):
        self._stream = stream
        self._what = what
        self.out_buf = b""

    def write(self, data):
        if self._what == "write":
            raise MemoryError
        self._stream.write(data)

    async def readinto(self, part):
        if self._what == "read":
            raise MemoryError
        return await self._stream.readinto(part)

    def close(self):
        self._stream.close()


async def test_lack_of_memory_ends_the_connection_only():
    for what in ("write", "read"):
        async with Broker(CONNACK, b"\xd0\0"):
            async with Session(500) as session:
                client = session.client
                scarce = Scarce(client._stream, what)
                client._stream = client._inbound._stream = scarce
                end = await fails(client.publish("a", "", qos=1))
                assert isinstance(end, MqttError) and "memory" in str(end), end


class Shy(io.IOBase):
    """A TLS socket that wakes its reader for nothing every other time, and gives a byte at a time."""

    def __init__(self, data):
        self._data = data
        self._shy = False

    def ioctl(self, request, flags):
        return flags & 1 if request == 3 else 0

    def readinto(self, part):
        self._shy = not self._shy
        if self._shy:
            return None
        part[:1] = self._data[:1]
        self._data = self._data[1:]
        return 1


async def test_a_tls_stream_that_wakes_us_for_nothing():
    inbound = Inbound(Stream(Shy(b"\x30\x84\0abcd")), memoryview(bytearray(16)))
    assert await inbound.header() == (0x30, 4)
    assert await inbound.exactly(4) == b"abcd"


async def test_nothing_is_left_behind():
    async def refused():
        async with Broker(b"\x20\2\0\5"):
            session = Session(50)
            await fails(session.start())
            await session.client.close()

    async def cancelled():
        async with Broker(b""):
            session = Session(5000)
            starting = asyncio.create_task(session.start())
            await asyncio.sleep_ms(20)
            starting.cancel()
            await session.client.close()
            await asyncio.sleep_ms(10)

    async def malformed():
        async with Broker(CONNACK + b"\xf0\0"):
            async with Session(50) as session:
                await ended(session)

    async def late():
        async with Broker(CONNACK):
            async with Session(50) as session:
                await fails(session.client.publish("a", "", qos=1))

    async def deaf():
        async with Deaf(CONNACK):
            async with Session(50) as session:
                await fails(pour(session.client))

    await asyncio.sleep_ms(20)
    before = left()
    assert before[2]
    for number, way in enumerate((refused, cancelled, malformed, late, deaf)):
        await way()
        await asyncio.sleep_ms(20)
        assert left() == before, (number, left(), before)


def left():
    """Open files, streams that tasks wait for, and whether the next task due is that which ends the test."""
    next_due = ticks_diff(core._task_queue.peek().ph_key, ticks_ms())
    return len(os.listdir("/proc/self/fd")), len(core._io_queue.map), next_due > 9000
