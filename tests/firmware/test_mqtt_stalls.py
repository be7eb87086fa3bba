"""Every stall ends the connection within our patience, for everybody who waits."""

import asyncio
from time import ticks_diff, ticks_ms

from net.mqtt import MqttError
from scripted import CONNACK, Broker, Deaf, Session, ended, fails, pour

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
