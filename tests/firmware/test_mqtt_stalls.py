"""Every stall ends the connection within our patience, for everybody who waits, and leaves nothing behind."""

import asyncio
import os
from asyncio import core
from time import ticks_diff, ticks_ms

import net.inbound
import net.mqtt
from net.mqtt import MqttError
from scripted import CONNACK, Broker, Deaf, Session, fails

PATIENCE_MS = 200
LATE_MS = 300  # on a machine that has other work too
HALVES = (b"\x30", b"\x30\x80", b"\x30\x10\0\1half", b"\x40\2\0", b"\x32\xff\x7f\0\1a\0\1skipped")


class Soon:
    """The block takes our patience, and not much longer."""

    def __enter__(self):
        self._start = ticks_ms()

    def __exit__(self, kind, *_):
        taken = ticks_diff(ticks_ms(), self._start)
        assert kind or PATIENCE_MS - 5 <= taken <= PATIENCE_MS + LATE_MS, taken


async def ended(session):
    while not session.end:
        await asyncio.sleep_ms(1)
    return session.end


async def pour(client):
    while True:
        await client.publish("a", "x" * 1000)


async def test_connect_without_a_whole_answer():
    for part in (b"", b"\x20", b"\x20\2\0", b"\x20\x80"):
        async with Broker(part):
            session = Session(PATIENCE_MS)
            with Soon():
                end = await fails(session.start())
            assert isinstance(end, asyncio.TimeoutError), (part, end)
            await session.client.close()


async def test_a_packet_that_stays_half():
    for part in HALVES:
        async with Broker(CONNACK) as broker:
            async with Session(PATIENCE_MS) as session:
                broker.stream.write(part)
                with Soon():
                    assert "rest" in str(await ended(session)), (part, session.end)


async def test_a_broker_that_never_acknowledges():
    for job in ("publish", "subscribe"):
        async with Broker(CONNACK):
            async with Session(PATIENCE_MS) as session:
                client = session.client
                with Soon():
                    end = await fails(
                        client.subscribe("a") if job == "subscribe" else client.publish("a", "b", qos=1)
                    )
                assert isinstance(end, MqttError) and "acknowledgement" in str(end)
                await asyncio.sleep_ms(0)
                assert session.end is end


async def test_everybody_who_waits_learns_of_the_end():
    async with Broker(CONNACK):
        async with Session(PATIENCE_MS) as session:
            with Soon():
                ends = await asyncio.gather(
                    *[fails(session.client.publish("a", "b", qos=1)) for _ in range(9)]
                )
            assert all(end is ends[0] for end in ends), ends


async def test_a_broker_that_stops_reading():
    async with Deaf(CONNACK):
        async with Session(PATIENCE_MS) as session:
            client = session.client

            pouring = [asyncio.create_task(fails(pour(client))) for _ in range(3)]
            while not client._blocked:
                await asyncio.sleep_ms(0)
            with Soon():
                ends = await asyncio.gather(*pouring)
            assert isinstance(ends[0], asyncio.TimeoutError) and ends[1] is ends[0] and ends[2] is ends[0], (
                ends
            )


async def test_a_write_cut_short_ends_the_connection():
    async with Deaf(CONNACK):
        async with Session(5000) as session:
            client = session.client

            pouring = asyncio.create_task(pour(client))
            while not client._blocked:
                await asyncio.sleep_ms(0)
            waiting = asyncio.create_task(fails(client.publish("a", "", qos=1)))
            await asyncio.sleep_ms(10)
            pouring.cancel()
            assert isinstance(await waiting, MqttError)
            try:
                await pouring
                raise AssertionError("the cancel was swallowed")
            except asyncio.CancelledError:
                pass


async def test_closing_wakes_who_waits():
    async with Broker(CONNACK):
        session = Session()
        await session.start()
        waiting = asyncio.create_task(fails(session.client.publish("a", "", qos=1)))
        await asyncio.sleep_ms(10)
        await session.__aexit__()
        assert isinstance(await waiting, MqttError)
        assert isinstance(await fails(session.client.publish("a", "")), MqttError)
        await session.client.close()  # a second time does no harm


class Scarce:
    """A stream on which one operation finds no memory."""

    def __init__(self, stream, what):
        self._stream = stream
        self._what = what
        self.out_buf = b""
        self.s = self

    def write(self, data):
        if self._what == "write":
            raise MemoryError
        self._stream.write(data)

    async def readinto(self, part):
        if self._what == "read":
            raise MemoryError
        return await self._stream.readinto(part)

    def close(self):
        pass

    async def wait_closed(self):
        await self._stream.wait_closed()


async def test_lack_of_memory_ends_the_connection_only():
    for what in ("write", "read"):
        async with Broker(CONNACK, b"\xd0\0"):
            async with Session(PATIENCE_MS) as session:
                client = session.client
                scarce = Scarce(client._stream, what)
                client._stream = client._inbound._stream = scarce
                end = await fails(client.publish("a", "", qos=1))
                assert isinstance(end, MqttError) and "memory" in str(end), end


class Dry:
    """A socket that has nothing at once."""

    def readinto(self, part):
        return None


class Shy:
    """A TLS stream that wakes its reader for nothing every other time, and gives a byte at a time."""

    def __init__(self, data):
        self._data = data
        self._shy = False
        self.s = Dry()

    async def readinto(self, part):
        self._shy = not self._shy
        if self._shy:
            return None
        part[:1] = self._data[:1]
        self._data = self._data[1:]
        return 1


async def test_a_tls_stream_that_wakes_us_for_nothing():
    inbound = net.inbound.Inbound(Shy(b"\x30\x84\0abcd"), memoryview(bytearray(16)))
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
