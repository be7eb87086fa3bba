"""One admitted connection: its packets are read in time, within limits, and passed on if permitted."""

from __future__ import annotations

import asyncio
import logging

from amqtt.adapters import ReaderAdapter

from firstlight.cloud import packets
from firstlight.cloud.packets import (
    DISCONNECT,
    PUBACK,
    PUBLISH,
    PUBREL,
    SUBSCRIBE,
    UNSUBSCRIBE,
    BadPacket,
    Login,
    Packet,
)

LARGEST = 1024  # bytes of variable header and payload, as at Blynk.Cloud
MOST_FILTERS = 32  # subscriptions of one connection
MOST_UNRELEASED = 16  # QoS 2 messages of one connection that wait for their PUBREL
PACKETS_PER_SECOND = 50  # as at Blynk.Cloud; faster ones are read later, and TCP holds the sender back
BURST = 100  # packets that may come at once before that

log = logging.getLogger(__name__)


class Visit(ReaderAdapter):
    """What amqtt reads in place of a socket: a CONNECT of our own making, then the device's checked packets.

    The CONNECT asks for no keepalive, because amqtt would only lose half-read packets over it: the device's
    own is watched here. It carries no token and no will.
    """

    def __init__(
        self,
        client_id: str,
        device_id: str,
        branch: str,
        login: Login,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.client_id = client_id
        self.device_id = device_id
        self.branch = branch
        self.login = login
        self.writer = writer
        self.said_goodbye = False
        self.task = asyncio.current_task()
        self._reader = reader
        self._waiting = packets.connect(client_id)
        self._silence = login.keepalive * 1.5 or None  # seconds, MQTT 3.1.2.10; None = for ever
        self._filters: set[str] = set()
        self._unreleased: set[int] = set()
        self._pings: dict[int, asyncio.Event] = {}
        self._ping_count = 0
        self._loop = asyncio.get_running_loop()
        self._credit = float(BURST)
        self._credit_at = self._loop.time()

    def end(self) -> None:
        """Close the connection now, without waiting for the device."""
        self.writer.transport.abort()

    async def ping(self, topic: str, within: float) -> bool:
        """Publish to `topic` at QoS 1; tell whether the PUBACK came within so many seconds.

        Not by way of amqtt, which would keep the message until the connection ends. It sends at QoS 0 only,
        so all packet ids are ours.
        """
        packet_id = self._ping_count = self._ping_count % 65535 + 1
        answered = self._pings[packet_id] = asyncio.Event()
        try:
            self.writer.write(packets.publish(topic, packet_id))
            await asyncio.wait_for(answered.wait(), within)
        except asyncio.TimeoutError:
            return False
        finally:
            del self._pings[packet_id]
        return True

    async def read(self, n: int = -1) -> bytes:
        """Return the next `n` bytes for amqtt, or none at the end of the connection."""
        while not self._waiting:
            try:
                self._waiting = await self._next()
            except BadPacket as error:
                log.warning("device %s: connection closed: %s", self.device_id, error)
                return b""
            except asyncio.TimeoutError:
                log.info("device %s: silent for %g s", self.device_id, self._silence)
                return b""
            except (OSError, asyncio.IncompleteReadError):
                return b""
        piece, self._waiting = self._waiting[:n], self._waiting[n:]
        return piece

    def feed_eof(self) -> None:
        """Not used by the broker."""

    async def _next(self) -> bytes:
        """Return one packet for amqtt, or nothing when the packet was settled here."""
        packet = await asyncio.wait_for(packets.read_packet(self._reader, LARGEST), self._silence)
        await self._pace()
        packets.check_shape(packet)
        if packet.type == PUBLISH:
            return self._publish(packet)
        if packet.type == SUBSCRIBE:
            return self._subscribe(packet)
        if packet.type == PUBACK:
            if answered := self._pings.get(int.from_bytes(packet.body, "big")):
                answered.set()
            return b""
        if packet.type == UNSUBSCRIBE:
            self._filters.difference_update(packets.parse_filters(packet)[1])
        elif packet.type == PUBREL:
            self._unreleased.discard(int.from_bytes(packet.body, "big"))
        elif packet.type == DISCONNECT:
            self.said_goodbye = True
        return packet.encoded()

    async def _pace(self) -> None:
        now = self._loop.time()
        self._credit = min(BURST, self._credit + (now - self._credit_at) * PACKETS_PER_SECOND) - 1
        self._credit_at = now
        if self._credit < 0:
            await asyncio.sleep(-self._credit / PACKETS_PER_SECOND)

    def _publish(self, packet: Packet) -> bytes:
        message = packets.parse_publish(packet)
        if not message.topic.startswith(self.branch):
            log.warning("device %s: a message outside its branch was dropped", self.device_id)
            if message.qos == 2:  # 3.3.5: acknowledge what is not permitted, or close
                raise BadPacket("QoS 2 outside its branch")
            if message.qos == 1:
                self.writer.write(packets.puback(message.packet_id))
            return b""
        if message.qos == 2:
            self._unreleased.add(message.packet_id)
            if len(self._unreleased) > MOST_UNRELEASED:
                raise BadPacket("too many QoS 2 messages without PUBREL")
        # The retain flag goes: the cloud keeps last values itself, and a retained copy would only fill
        # memory.
        return Packet(packet.head & 0xFE, packet.body).encoded()

    def _subscribe(self, packet: Packet) -> bytes:
        packet_id, filters = packets.parse_filters(packet)
        inside = all(wanted.startswith(self.branch) for wanted in filters)
        if not inside or len(self._filters | set(filters)) > MOST_FILTERS:
            reason = "too many subscriptions" if inside else "a subscription outside its branch"
            log.warning("device %s: refused: %s", self.device_id, reason)
            self.writer.write(packets.suback_refused(packet_id, len(filters)))
            return b""
        self._filters.update(filters)
        return packet.encoded()
