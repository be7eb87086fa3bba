"""MQTT packets out of a stream, through one buffer that the peer cannot make us enlarge."""

from time import ticks_ms

from core import log
from net import packets


class Inbound:
    """The reading half of a connection; one task reads."""

    def __init__(self, stream, buffer):
        self._stream = stream
        self._buffer = buffer  # a memoryview
        self.begun = None  # since when a packet is on its way that is not whole yet

    async def header(self):
        """(first byte, remaining length) of the next packet, which may be long in coming."""
        head = self._buffer[:2]
        count = await self._read(head)
        self.begun = ticks_ms()
        kind = head[0]
        digit = head[1] if count > 1 else (await self.exactly(1))[0]
        size = digit & 0x7F
        shift = 7
        while digit & 0x80:
            if shift > 21:
                raise packets.MqttError("length over four bytes")
            digit = (await self.exactly(1))[0]
            size |= (digit & 0x7F) << shift
            shift += 7
        return kind, size

    async def exactly(self, size):
        """The next `size` bytes, in our buffer."""
        part = self._buffer[:size]
        at = 0
        while at < size:
            at += await self._read(part[at:])
        return part

    async def skip(self, head, size):
        """Read past a PUBLISH over the limit, and report it; returns its packet id or 0."""
        log.warn("mqtt", "message of", size, "bytes skipped; the limit is", len(self._buffer))
        topic = packets.topic_size(head, size, await self.exactly(2))
        await self._discard(topic)
        size -= 2 + topic
        packet_id = 0
        if head & 2:
            packet_id = packets.packet_id(await self.exactly(2))
            size -= 2
        await self._discard(size)
        return packet_id

    async def _discard(self, size):
        while size:
            size -= await self._read(self._buffer[:size])
            self.begun = ticks_ms()  # a long one may take longer than our patience, as long as it comes

    async def _read(self, part):
        """How many bytes of the part were read: one at least."""
        count = await self._stream.readinto(part)
        if not count:
            raise EOFError
        return count
