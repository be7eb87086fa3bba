"""The client against a scripted broker: exact bytes, and whatever a hostile one may send."""

import asyncio
import os

from net.mqtt import Mqtt, MqttError

PORT = (
    10000 + int.from_bytes(os.urandom(2), "big") % 20000
)  # tests run side by side; below the ephemeral ones
CONNACK = b"\x20\2\0\0"


class Broker:
    """Answers each packet that arrives with the next line of a script; keeps what came."""

    def __init__(self, *script):
        self.script = list(script)
        self.got = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", PORT)
        await asyncio.sleep_ms(10)
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await asyncio.sleep_ms(10)

    async def _serve(self, stream, _):
        try:
            while True:
                head = await stream.readexactly(2)
                assert head[1] < 128
                self.got.append(head + await stream.readexactly(head[1]))
                if self.script:
                    stream.write(self.script.pop(0))
                    await stream.drain()
        except (EOFError, OSError):
            pass
        finally:
            stream.close()
            await stream.wait_closed()


class Session:
    """A connected client whose messages and end are kept."""

    def __init__(self, patience_ms=300, keepalive_s=45):
        self.messages = []
        self.client = Mqtt(self._received, patience_ms, memoryview(bytearray(1024)))
        self.keepalive_s = keepalive_s
        self.end = None

    def _received(self, topic, payload, retained):
        self.messages.append((topic, bytes(payload)))

    async def start(self):
        await self.client.connect("127.0.0.1", PORT, "device", "t" * 32, self.keepalive_s)
        self.tasks = [
            asyncio.create_task(self._run(job)) for job in (self.client.run, self.client.keep_alive)
        ]

    async def _run(self, job):
        try:
            await job()
        except Exception as e:
            self.end = e

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *_):
        for task in self.tasks:
            task.cancel()
        await self.client.close()
        await asyncio.sleep_ms(10)


async def fails(job):
    try:
        await job
    except Exception as e:
        return e
    raise AssertionError("nothing was raised")


async def test_connect_bytes():
    async with Broker(CONNACK) as broker:
        async with Session():
            pass
    body = b"\0\4MQTT\4\xc2\0\x2d" + b"\0\0" + b"\0\6device" + b"\0\x20" + b"t" * 32
    assert broker.got == [bytes((0x10, len(body))) + body, b"\xe0\0"]


async def test_refusals_carry_the_code():
    for code in (1, 4, 5):
        async with Broker(bytes((0x20, 2, 0, code))):
            session = Session()
            error = await fails(session.start())
            assert isinstance(error, MqttError) and error.code == code
            await session.client.close()


async def test_silent_broker_and_refused_connection():
    async with Broker(b""):
        session = Session(patience_ms=100)
        assert isinstance(await fails(session.start()), asyncio.TimeoutError)
        await session.client.close()
    session = Session()
    assert isinstance(await fails(session.start()), OSError)
    await session.client.close()


async def test_subscribe_and_publish():
    async with Broker(CONNACK, b"\x90\3\0\1\0", b"", b"\x40\2\0\2") as broker:
        async with Session() as session:
            await session.client.subscribe("devices/1/downlink/#")
            await session.client.publish("devices/1/ds/Temperature", "21.5")
            await session.client.publish("devices/1/info/mcu", b"{}", qos=1)
    assert broker.got[1] == b"\x82\x19\0\1\0\x14devices/1/downlink/#\0"
    assert broker.got[2] == b"\x30\x1e\0\x18devices/1/ds/Temperature21.5"
    assert broker.got[3] == b"\x32\x18\0\x12devices/1/info/mcu\0\2{}"


async def test_refused_subscription_and_missing_acknowledgement():
    async with Broker(CONNACK, b"\x90\3\0\1\x80"):
        async with Session() as session:
            assert (await fails(session.client.subscribe("other/#"))).code == 0x80
            assert isinstance(await fails(session.client.publish("a", "b", qos=1)), MqttError)


async def test_messages_are_delivered_and_acknowledged():
    pushed = b"\x30\x07\0\3a/bhi" + b"\x32\x07\0\1c\x12\x34ok"
    async with Broker(CONNACK + pushed) as broker:
        async with Session() as session:
            await asyncio.sleep_ms(50)
            assert session.messages == [("a/b", b"hi"), ("c", b"ok")], session.messages
    assert b"\x40\2\x12\x34" in broker.got


async def test_a_message_over_the_limit_is_skipped_and_acknowledged():
    size = 3000
    length = bytes((size & 127 | 128, size >> 7))
    large = b"\x32" + length + b"\0\1a\0\7" + b"x" * (size - 5)
    async with Broker(CONNACK + large + b"\x30\4\0\1bZ") as broker:
        async with Session() as session:
            await asyncio.sleep_ms(100)
            assert session.messages == [("b", b"Z")] and session.end is None
    assert b"\x40\2\0\7" in broker.got


async def test_hostile_packets_end_the_connection_with_an_exception():
    for junk in (
        b"\x30\1\0",  # no room for a topic's length
        b"\x30\3\0\x09a",  # topic longer than the packet
        b"\x32\3\0\1a",  # QoS 1 without packet id
        b"\x34\5\0\1a\0\1",  # QoS 2
        b"\x30\xff\xff\xff\xff\x01",  # length of five bytes
        b"\xf0\0",  # reserved
        b"\x20\2\0\0",  # a second CONNACK
        b"\x40\3\0\1\0",  # PUBACK of a wrong size
        b"\x30\4\0\2\xff\xfe",  # topic that is not UTF-8
        b"\x30\x10half",  # a packet that stays half
    ):
        async with Broker(CONNACK + junk):
            async with Session(patience_ms=100) as session:
                await asyncio.sleep_ms(200)
                assert isinstance(session.end, (MqttError, asyncio.TimeoutError)), (junk, session.end)


async def test_keepalive_pings_and_a_mute_broker_is_noticed():
    async with Broker(CONNACK, b"\xd0\0") as broker:
        async with Session(keepalive_s=1) as session:
            await asyncio.sleep_ms(1500)
            assert b"\xc0\0" in broker.got and session.end is None
            await asyncio.sleep_ms(1800)
            assert isinstance(session.end, MqttError)
