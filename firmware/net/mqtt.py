"""MQTT 3.1.1 client on asyncio streams: QoS 0 and 1, one write a packet, a deadline on every answer."""

import asyncio

from micropython import const

from core import log
from core.clock import happens
from net.stream import connect

_CONNECT = const(0x10)
_CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBACK = const(0x40)
_SUBSCRIBE = const(0x82)
_SUBACK = const(0x90)
_PINGREQ = b"\xc0\0"
_PINGRESP = const(0xD0)
_DISCONNECT = b"\xe0\0"

_BLOCK = const(128)


class MqttError(Exception):
    """A refusal (`code` 1 to 5 of CONNACK, 0x80 of SUBACK) or, with code 0, an answer out of order."""

    def __init__(self, text, code=0):
        super().__init__(text, code)
        self.code = code


class Mqtt:
    """One connection. After any exception out of here it is over: make a new one."""

    def __init__(self, on_message, patience_ms, buffer):
        # Called with topic (str), payload (memoryview, valid until it returns) and whether it was retained.
        self._on_message = on_message
        self._patience = patience_ms
        self._buffer = buffer  # a memoryview; longer messages are skipped
        self._stream = None
        self._keepalive = 0
        self._packet_id = 0
        self._acks = {}  # packet id -> [Event, return code]
        self._lock = asyncio.Lock()

    async def connect(self, host, port, user, password, keepalive_s, client_id="", tls=None):
        """Connect and wait for CONNACK. Raises MqttError, OSError, ValueError (TLS), asyncio.TimeoutError."""
        self._keepalive = keepalive_s
        self._stream = await asyncio.wait_for_ms(connect(host, port, tls), self._patience)
        body = b"\0\4MQTT\4\xc2" + keepalive_s.to_bytes(2, "big")  # user name, password, clean session
        await self._send(_CONNECT, body + _string(client_id) + _string(user) + _string(password))
        kind, size = await self._header(self._patience)
        if kind != _CONNACK or size != 2:
            raise MqttError("no CONNACK")
        answer = await self._exactly(2)
        if answer[1]:
            raise MqttError("refused", answer[1])

    async def subscribe(self, topic, qos=0):
        """Subscribe and wait for SUBACK."""
        packet_id = self._next_id()
        body = packet_id.to_bytes(2, "big") + _string(topic) + bytes((qos,))
        if await self._confirmed(packet_id, _SUBSCRIBE, body) == 0x80:
            raise MqttError("subscription refused", 0x80)

    async def publish(self, topic, payload, qos=0, retain=False):
        """Send text or bytes; with QoS 1 wait for PUBACK."""
        head = _PUBLISH | qos << 1 | retain
        if not qos:
            await self._send(head, _string(topic) + _bytes(payload))
            return
        packet_id = self._next_id()
        await self._confirmed(
            packet_id, head, _string(topic) + packet_id.to_bytes(2, "big") + _bytes(payload)
        )

    async def run(self):
        """Read until the connection is lost, which is also when nothing comes: then raises why."""
        while True:
            kind, size = await self._header(self._keepalive * 1500)
            await self._packet(kind, size)

    async def keep_alive(self):
        """A sign of life every two thirds of the keepalive, beside `run`; raises when it cannot be sent."""
        while True:
            await asyncio.sleep_ms(self._keepalive * 667)
            await self._write(_PINGREQ)

    async def close(self):
        stream, self._stream = self._stream, None
        if stream:
            try:
                if not self._lock.locked():  # else a write is stuck, and so would this be
                    stream.write(_DISCONNECT)
                    await asyncio.wait_for_ms(stream.drain(), 500)
            except (OSError, asyncio.TimeoutError):
                pass  # it was lost already
            finally:
                stream.close()
                await stream.wait_closed()

    async def _packet(self, kind, size):
        if kind & 0xF0 == _PUBLISH:
            await self._incoming(kind, size)
        elif kind == _PINGRESP and size == 0:
            pass
        elif kind == _PUBACK and size == 2 or kind == _SUBACK and size == 3:
            answer = await self._exactly(size)
            ack = self._acks.get(answer[0] << 8 | answer[1])
            if ack:
                ack[1] = answer[2] if size == 3 else 0
                ack[0].set()
        else:
            raise MqttError("unexpected packet")

    async def _incoming(self, kind, size):
        qos = kind >> 1 & 3
        if qos > 1:
            raise MqttError("QoS 2 was not asked for")
        if size > len(self._buffer):
            await self._skip(kind, size)
            return
        packet = await self._exactly(size)
        at = _publish_start(packet, qos)
        topic_end = at - 2 if qos else at
        try:
            self._on_message(str(packet[2:topic_end], "utf-8"), packet[at:], bool(kind & 1))
        except UnicodeError:
            raise MqttError("topic is not UTF-8")
        if qos:
            await self._acknowledge(packet[topic_end:at])

    async def _skip(self, kind, size):
        """A message over the limit: read past it, acknowledge it, report it."""
        most = len(self._buffer)
        log.warn("mqtt", "message of", size, "bytes skipped; the limit is", most)
        packet_id = None
        if kind & 2:
            first = await self._exactly(min(size, most))
            at = _publish_start(first, 1)
            packet_id = bytes(first[at - 2 : at])
            size -= len(first)
        while size:
            size -= len(await self._exactly(min(size, _BLOCK)))
        if packet_id:
            await self._acknowledge(packet_id)

    async def _acknowledge(self, packet_id):
        await self._write(bytes((_PUBACK, 2)) + bytes(packet_id))

    async def _confirmed(self, packet_id, head, body):
        """Send, and wait until `run` has seen the acknowledgement; returns its code."""
        ack = [asyncio.Event(), 0]
        self._acks[packet_id] = ack
        try:
            await self._send(head, body)
            if not await happens(ack[0], self._patience):
                raise MqttError("not acknowledged in time")
            return ack[1]
        finally:
            del self._acks[packet_id]

    async def _send(self, head, body):
        await self._write(bytes((head,)) + _length(len(body)) + body)

    async def _write(self, packet):
        """One write a packet: Nagle's algorithm delays a second one."""
        async with self._lock:
            if not self._stream:
                raise MqttError("not connected")
            self._stream.write(packet)
            await asyncio.wait_for_ms(self._stream.drain(), self._patience)

    async def _header(self, ms):
        """(first byte, remaining length); the first byte may take `ms`, the rest our patience."""
        kind = (await asyncio.wait_for_ms(self._stream.readexactly(1), ms))[0]
        size = shift = 0
        while True:
            digit = (await self._exactly(1))[0]
            size |= (digit & 0x7F) << shift
            if not digit & 0x80:
                return kind, size
            shift += 7
            if shift > 21:
                raise MqttError("length over four bytes")

    async def _exactly(self, size):
        """The next `size` bytes, in our buffer."""
        part = self._buffer[:size]
        await asyncio.wait_for_ms(self._fill(part), self._patience)
        return part

    async def _fill(self, part):
        at = 0
        while at < len(part):
            count = await self._stream.readinto(part[at:])
            if count == 0:
                raise EOFError
            at += count or 0  # None: TLS has woken us for nothing of ours

    def _next_id(self):
        self._packet_id = self._packet_id % 65535 + 1
        return self._packet_id


def _publish_start(packet, qos):
    """Where a PUBLISH's payload begins. Raises MqttError when its topic is longer than the packet."""
    size = len(packet)
    at = 2 + (packet[0] << 8 | packet[1]) if size >= 2 else size + 1
    if qos:
        at += 2
    if at > size:
        raise MqttError("malformed PUBLISH")
    return at


def _bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def _string(text):
    data = _bytes(text)
    return len(data).to_bytes(2, "big") + data


def _length(size):
    out = bytearray()
    while True:
        digit = size & 0x7F
        size >>= 7
        out.append(digit | 0x80 if size else digit)
        if not size:
            return out
