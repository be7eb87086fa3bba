"""MQTT 3.1.1 client on asyncio streams: QoS 0 and 1, one write a packet, a deadline on every answer."""

import asyncio
from time import ticks_diff, ticks_ms

from micropython import const

from net import packets
from net.inbound import Inbound
from net.packets import MqttError
from net.stream import connect

_CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBACK = const(0x40)
_SUBACK = const(0x90)
_PINGRESP = const(0xD0)
_MOST = const(4)  # packets of ours without acknowledgement; who wants to send more waits
_BUSY_MS = const(100)


class Mqtt:
    """One connection. After any exception out of here it is over: close it and make a new one."""

    def __init__(self, on_message, patience_ms, buffer):
        # Called with topic (str), payload (memoryview, valid until it returns) and whether it was retained.
        self._on_message = on_message
        self._patience = patience_ms
        self._buffer = buffer  # a memoryview; longer messages are skipped
        self._stream = self._inbound = None
        self._keepalive = 0
        self._packet_id = 0
        self._waiting = 0  # callers that have sent, or will next, what is to be acknowledged
        self._owed = {}  # what has to come within our patience -> since when
        self._blocked = False  # a write waits for the peer
        self._failure = None
        self._news = asyncio.Event()  # pulses when one of the last four has changed

    async def connect(
        self, host, port, user, password, keepalive_s, client_id="", clean=True, will=None, tls=None
    ):
        """Log in; True when the broker has kept our session; `will` is (topic, payload, qos, retain)."""
        # Raises MqttError, OSError, EOFError, asyncio.TimeoutError, ValueError (TLS has refused).
        if not clean and not client_id:
            raise ValueError("a persistent session needs a client_id")
        self._keepalive = keepalive_s
        try:
            await asyncio.wait_for_ms(self._dial(host, port, tls), self._patience)
            hello = packets.connect(client_id, user, password, keepalive_s, clean, will)
            return await asyncio.wait_for_ms(self._log_in(hello), self._patience)
        except BaseException as e:
            self._failure = None  # a write of ours that this has broken off is not the reason
            raise self._over(e)

    async def subscribe(self, topic, qos=0):
        """Subscribe and wait for SUBACK."""
        await self._confirmed(_SUBACK, packets.subscribe, topic, qos)

    async def publish(self, topic, payload, qos=0, retain=False):
        """Send text or bytes; with QoS 1 wait for PUBACK."""
        if qos:
            await self._confirmed(_PUBACK, packets.publish, topic, payload, qos, retain)
        else:
            await self._write(packets.publish(topic, payload, 0, retain, 0))
            await asyncio.sleep_ms(0)  # others have their turn too

    async def run(self):
        """Read until the connection is lost; raises why."""
        try:
            while True:
                packet_id = await self._packet(*await self._inbound.header())
                self._inbound.begun = None
                if packet_id:
                    await self._write(packets.puback(packet_id))
                await asyncio.sleep_ms(0)  # others have their turn in a flood, too
        except Exception as e:
            raise self._over(e)

    async def keep_alive(self):
        """Beside `run`: ping every two thirds of the keepalive; raises when an answer is overdue."""
        every = self._keepalive * 667
        pinged = ticks_ms()
        try:
            while True:
                wait = self._overdue()
                left = every - ticks_diff(ticks_ms(), pinged)
                if every and left <= 0 and not self._blocked:
                    pinged = ticks_ms()
                    self._owed.setdefault(_PINGRESP, pinged)
                    await self._write(packets.PINGREQ)
                    continue
                await asyncio.sleep_ms(min(wait, max(left, _BUSY_MS)) if every else wait)
        except Exception as e:
            raise self._over(e)

    async def close(self):
        """Take leave if nothing is in the way, and close the socket; cancel `run` and `keep_alive` first."""
        stream, self._stream = self._stream, None
        in_order = not self._failure and not self._blocked
        self._over(MqttError("closed"))
        if not stream:
            return
        try:
            if in_order:
                stream.write(packets.DISCONNECT)  # nobody waits until it is sent
        except Exception:
            pass  # it was lost already
        finally:
            stream.close()

    async def _dial(self, host, port, tls):
        self._stream = await connect(host, port, tls)  # kept here: a wait_for that ends may lose a result
        self._inbound = Inbound(self._stream, self._buffer)

    async def _log_in(self, hello):
        await self._write(hello)
        if await self._inbound.header() != (_CONNACK, 2):
            raise MqttError("no CONNACK")
        kept = packets.accepted(await self._inbound.exactly(2))
        self._inbound.begun = None
        return kept

    async def _confirmed(self, kind, build, *fields):
        """Send what `build` makes of the fields and a packet id, and wait until `run` has seen the answer."""
        while self._waiting == _MOST:
            await self._change()
        self._waiting += 1
        self._packet_id = self._packet_id % 0xFFFF + 1
        key = kind << 16 | self._packet_id
        try:
            packet = build(*fields, self._packet_id)
            self._owed[key] = ticks_ms()
            await self._write(packet)
            while key in self._owed:
                await self._change()
        finally:
            self._owed.pop(key, None)
            self._waiting -= 1
            self._pulse()

    async def _write(self, packet):
        """One write a packet: Nagle's algorithm delays a second one."""
        while self._blocked and not self._failure:
            await self._change()
        stream = self._stream
        if self._failure or not stream:
            raise MqttError("not connected")  # a new one: each raise makes an exception longer
        try:
            stream.write(packet)
            if stream.out_buf:
                self._blocked = True
                await asyncio.wait_for_ms(stream.drain(), self._patience)
                self._blocked = False
                self._pulse()
        except BaseException as e:
            raise self._over(e)  # also when cancelled: half a packet cannot be taken back

    async def _packet(self, head, size):
        """Read the rest of a packet and obey it; returns the packet id that is to be acknowledged."""
        if head & 0xF0 == _PUBLISH:
            if size > len(self._buffer):
                return await self._inbound.skip(head, size)
            body = await self._inbound.exactly(size)
            topic, packet_id, at = packets.published(head, body)
            self._on_message(topic, body[at:], bool(head & 1))
            return packet_id
        if (head, size) not in ((_PUBACK, 2), (_SUBACK, 3), (_PINGRESP, 0)):
            raise MqttError("unexpected packet")
        key = head << 16 | packets.acknowledged(await self._inbound.exactly(size)) if size else head
        if self._owed.pop(key, None) is not None:
            self._pulse()

    async def _change(self):
        """Wait for news of the connection; raises why once it is over."""
        if not self._failure:
            await self._news.wait()
        if self._failure:
            raise self._failure

    def _pulse(self):
        self._news.set()
        self._news.clear()

    def _overdue(self):
        """Milliseconds until something can be overdue: what is asked for meanwhile has our whole patience."""
        begun = self._inbound.begun
        soonest = self._patience if begun is None else self._left(begun, "rest of a packet")
        for what, since in self._owed.items():
            soonest = min(soonest, self._left(since, "PINGRESP" if what == _PINGRESP else "acknowledgement"))
        return soonest

    def _left(self, since, what):
        left = self._patience - ticks_diff(ticks_ms(), since)
        if left <= 0:
            raise MqttError("no " + what + " in time", packets.LATE)
        return left

    def _over(self, error):
        """Note the first reason why the connection is over, wake who waits; returns what to raise here."""
        usual = isinstance(error, Exception)
        if not self._failure:
            fit = usual and not isinstance(error, MemoryError)
            self._failure = error if fit else MqttError("out of memory" if usual else "broken off")
            self._pulse()
        return self._failure if usual else error
