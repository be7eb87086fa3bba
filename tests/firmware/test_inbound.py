"""Reading packets: what TLS has already taken in must not be waited for."""

from net.inbound import Inbound
from net.stream import Stream


class Record:
    """A TLS socket that holds several packets of one record.

    axTLS hands a poll to the socket below, which has nothing left. So this cannot be waited for at all.
    """

    def __init__(self, data):
        self.data = data

    def readinto(self, part):
        if not self.data:
            return None
        count = min(len(part), len(self.data))
        part[:count] = self.data[:count]
        self.data = self.data[count:]
        return count


async def test_packets_of_one_record_are_read_without_waiting():
    inbound = Inbound(Stream(Record(b"\x40\2\0\7" + b"\xd0\0" + b"\x90\3\0\1\0")), memoryview(bytearray(64)))
    assert await inbound.header() == (0x40, 2)
    assert bytes(await inbound.exactly(2)) == b"\0\7"
    assert await inbound.header() == (0xD0, 0)
    assert await inbound.header() == (0x90, 3)
    assert bytes(await inbound.exactly(3)) == b"\0\1\0"
