"""What no broker may send ends the connection with MqttError, whenever it comes."""

from net.mqtt import MqttError
from net.packets import LATE
from scripted import CONNACK, Broker, Session, ended, fails

JUNK = (
    b"\x30\0",  # no room for a topic's length
    b"\x30\1\0",
    b"\x30\2\0\0",  # no topic
    b"\x30\4\0\0hi",
    b"\x30\3\0\x09a",  # topic longer than the packet
    b"\x32\3\0\1a",  # QoS 1 without packet id
    b"\x32\5\0\1a\0\0",  # packet id 0
    b"\x34\5\0\1a\0\1",  # QoS 2
    b"\x36\5\0\1a\0\1",  # QoS 3
    b"\x38\3\0\1a",  # a repeated message of QoS 0
    b"\x30\3\0\1#",  # wildcards, and NUL
    b"\x30\5\0\3a/+",
    b"\x30\5\0\3a\0b",
    b"\x30\4\0\2\xff\xfe",  # topic that is not UTF-8
    b"\x30\xff\xff\xff\xff\x01",  # length of five bytes
    b"\x30\xff\xff\xff\x7f\xff\xffabc",  # of 256 MB, and a topic longer than our buffer
    b"\x34\xff\x7f\0\1a",  # QoS 2 over the limit
    b"\x32\xff\x7f\0\1a\0\0",  # packet id 0 over the limit
    b"\x32\xff\x0f\x07\xfd",  # no room for the packet id over the limit
    b"\x20\2\0\0",  # a second CONNACK
    b"\x40\3\0\1\0",  # PUBACK of a wrong size
    b"\x40\0",
    b"\x41\2\0\1",  # and with flags
    b"\x40\2\0\0",  # packet id 0
    b"\x90\2\0\1",  # SUBACK without a code, with two, a wrong one, with flags, of packet id 0
    b"\x90\4\0\1\0\0",
    b"\x90\3\0\1\3",
    b"\x92\3\0\1\0",
    b"\x90\3\0\0\0",
    b"\xd0\1\0",  # PINGRESP with something in it, and with flags
    b"\xd1\0",
    b"\x50\2\0\1",  # of QoS 2
    b"\xb0\2\0\1",  # UNSUBACK
    b"\x10\0",  # what a client sends
    b"\xc0\0",
    b"\0\0",  # reserved
    b"\xf0\0",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
)  # fmt: skip


async def test_connect_answered_with_something_else():
    for junk in JUNK + (b"\x20\2\0\6", b"\x20\2\2\0", b"\x20\3\0\0\0", b"\x21\2\0\0", b"\xd0\0"):
        if junk != CONNACK:
            async with Broker(junk):
                session = Session()
                end = await fails(session.start())
                assert isinstance(end, MqttError) and end.code == 0, (junk, end)
                await session.client.close()


async def test_malformed_packets():
    for junk in JUNK:
        async with Broker(CONNACK + junk):
            async with Session() as session:
                assert isinstance(await ended(session), MqttError), (junk, session.end)
                assert session.messages == [] and session.end.code in (0, LATE), junk
                assert isinstance(await fails(session.client.publish("a", "")), MqttError)
