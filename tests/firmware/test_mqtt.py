"""The client against a scripted broker: exact bytes, and whatever a hostile one may send."""

import asyncio

from net.mqtt import MqttError
from scripted import CONNACK, Broker, Session, fails


async def test_connect_bytes():
    async with Broker(CONNACK) as broker:
        async with Session():
            pass
    body = b"\0\4MQTT\4\xc2\0\x2d" + b"\0\0" + b"\0\6device" + b"\0\x20" + b"t" * 32
    assert broker.got == [bytes((0x10, len(body))) + body, b"\xe0\0"]


async def test_a_will_and_a_session_that_is_kept():
    async with Broker(b"\x20\2\1\0") as broker:
        how = {"client_id": "uid-1", "clean": False, "will": ("a/gone", "ä", 1, True)}
        async with Session(**how) as session:
            assert session.kept is True
    body = (
        b"\0\4MQTT\4\xec\0\x2d"
        + b"\0\5uid-1"
        + b"\0\6a/gone"
        + b"\0\2\xc3\xa4"
        + b"\0\6device"
        + b"\0\x20"
        + b"t" * 32
    )
    assert broker.got[0] == bytes((0x10, len(body))) + body, broker.got
    async with Broker(CONNACK) as broker:
        async with Session(will=("w", b"", 0, False), client_id="c") as session:
            assert session.kept is False
    assert broker.got[0][9] == 0xC6
    assert isinstance(await fails(Session(clean=False).start()), ValueError)


async def test_refusals_carry_the_code():
    for code in (1, 2, 3, 4, 5):
        async with Broker(bytes((0x20, 2, 0, code))):
            session = Session()
            error = await fails(session.start())
            assert isinstance(error, MqttError) and error.code == code
            await session.client.close()


async def test_no_broker():
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


async def test_a_refused_subscription_ends_the_connection():
    async with Broker(CONNACK, b"\x90\3\0\1\x80") as broker:
        async with Session() as session:
            assert (await fails(session.client.subscribe("other/#"))).code == 0x80
            assert isinstance(await fails(session.client.publish("a", "b")), MqttError)
            await asyncio.sleep_ms(20)
            assert session.end.code == 0x80
    assert len(broker.got) == 2, broker.got  # nobody takes leave of a connection that is over


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


async def test_a_long_message_is_skipped_in_pieces_and_its_topic_may_be_longer_than_our_buffer():
    topic = b"t" * 2000
    size = 2 + len(topic) + 2 + 40000
    length = bytes((size & 127 | 128, size >> 7 & 127 | 128, size >> 14))
    large = b"\x32" + length + len(topic).to_bytes(2, "big") + topic + b"\x12\x34" + b"x" * 40000
    async with Broker(CONNACK) as broker:
        async with Session(patience_ms=150) as session:
            for at in range(0, len(large), 10000):  # together it takes longer than our patience
                await broker.say(large[at : at + 10000])
                await asyncio.sleep_ms(60)
            await broker.say(b"\x30\4\0\1bZ")
            assert session.messages == [("b", b"Z")] and session.end is None, session.end
    assert b"\x40\2\x12\x34" in broker.got


async def test_at_most_four_unacknowledged_and_the_next_waits_its_turn():
    async with Broker(CONNACK) as broker:
        async with Session(1000) as session:
            tasks = [asyncio.create_task(session.client.publish("a", str(n), qos=1)) for n in range(6)]
            await asyncio.sleep_ms(50)
            assert len(broker.got) == 5, broker.got
            await broker.say(b"\x40\2\0\2")
            assert broker.got[5:] == [b"\x32\6\0\1a\0\x054"], broker.got
            done = [task.done() for task in tasks]
            assert done == [False, True, False, False, False, False], done
            tasks[0].cancel()  # gives its place to the next
            await asyncio.sleep_ms(80)  # Nagle's algorithm may hold it until the last one is acknowledged
            assert broker.got[6:] == [b"\x32\6\0\1a\0\x065"]
            await broker.say(b"\x40\2\0\1" + b"\x40\2\x77\x77")  # too late, and of nobody: no harm
            for number in (6, 5, 4, 3):
                await broker.say(b"\x40\2\0" + bytes((number,)))
            assert all(task.done() for task in tasks)
            await session.client.publish("b", "")
            assert session.end is None


async def test_a_puback_does_not_stand_for_a_suback():
    async with Broker(CONNACK, b"\x40\2\0\1"):
        async with Session(patience_ms=100) as session:
            assert isinstance(await fails(session.client.subscribe("a")), MqttError)


async def test_keepalive_pings_and_a_mute_broker_is_noticed():
    async with Broker(CONNACK, b"\xd0\0") as broker:
        async with Session(keepalive_s=1) as session:
            await asyncio.sleep_ms(1200)
            assert broker.got[1:] == [b"\xc0\0"] and session.end is None
            await asyncio.sleep_ms(700)
            assert isinstance(session.end, MqttError) and "PINGRESP" in str(session.end)


async def test_without_keepalive_there_is_no_ping():
    async with Broker(CONNACK) as broker:
        async with Session(keepalive_s=0, patience_ms=50) as session:
            await asyncio.sleep_ms(300)
            assert len(broker.got) == 1 and session.end is None
