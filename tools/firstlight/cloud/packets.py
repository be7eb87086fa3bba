"""MQTT 3.1.1 packets as bytes: the few that the door must understand or answer itself.

Section numbers are those of the OASIS standard, MQTT Version 3.1.1, 29 October 2014.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

CONNECT, PUBLISH, PUBACK, PUBREL, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT = 1, 3, 4, 6, 8, 10, 14

ACCEPTED, BAD_PROTOCOL, BAD_CLIENT_ID, BAD_CREDENTIALS, NOT_AUTHORISED = 0, 1, 2, 4, 5  # 3.2.2.3

# What a client may send after CONNECT (2.2.1, 2.2.2): packet type -> required flags, least and most body
# bytes.
_SHAPES = {
    PUBLISH: (None, 2, None),
    PUBACK: (0, 2, 2),
    5: (0, 2, 2),  # PUBREC
    PUBREL: (2, 2, 2),
    7: (0, 2, 2),  # PUBCOMP
    SUBSCRIBE: (2, 6, None),
    UNSUBSCRIBE: (2, 5, None),
    12: (0, 0, 0),  # PINGREQ
    DISCONNECT: (0, 0, 0),
}


class BadPacket(Exception):
    """Bytes that are no MQTT 3.1.1, or more of them than allowed: the connection is closed."""


@dataclass(frozen=True)
class Packet:
    """One whole control packet."""

    head: int  # the first byte: type and flags
    body: bytes = field(repr=False)

    @property
    def type(self) -> int:
        return self.head >> 4

    def encoded(self) -> bytes:
        """Return the packet as it goes over the wire."""
        length, digits = len(self.body), bytearray()
        while True:
            length, digit = divmod(length, 128)
            digits.append(digit | (0x80 if length else 0))
            if not length:
                return bytes([self.head]) + bytes(digits) + self.body


@dataclass(frozen=True)
class Login:
    """What a CONNECT asks for. `keepalive` is in seconds, 0 = none; `will` is (topic, payload)."""

    level: int
    client_id: str
    clean: bool
    keepalive: int
    user: str | None
    password: str | None = field(repr=False)
    will: tuple[str, bytes] | None = field(repr=False)


@dataclass(frozen=True)
class Publish:
    """The head of a PUBLISH."""

    topic: str
    qos: int
    packet_id: int


async def read_packet(reader: asyncio.StreamReader, most: int) -> Packet:
    """Read one packet whose body has at most `most` bytes; larger ones are refused before they are read.

    Raises BadPacket, and asyncio.IncompleteReadError when the connection ends.
    """
    head = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 0x7F) << shift
        if digit < 0x80:
            break
        shift += 7
        if shift > 21:
            raise BadPacket("the length has more than four bytes")
    if length > most:
        raise BadPacket(f"{length} bytes in one packet, {most} are allowed")
    return Packet(head, await reader.readexactly(length))


def check_shape(packet: Packet) -> None:
    """Raise BadPacket for a packet that a client may not send after CONNECT."""
    if packet.type not in _SHAPES:
        raise BadPacket(f"packet type {packet.type} is not a client's to send now")
    flags, least, most = _SHAPES[packet.type]
    if flags is not None and packet.head & 0x0F != flags:
        raise BadPacket(f"packet type {packet.type} with flags {packet.head & 0x0F}")
    if len(packet.body) < least or (most is not None and len(packet.body) > most):
        raise BadPacket(f"packet type {packet.type} with {len(packet.body)} bytes")


def parse_connect(packet: Packet) -> Login:
    """Return what a CONNECT says (3.1). When `level` is not 4, the rest is not read."""
    if packet.head != CONNECT << 4:
        raise BadPacket("the first packet is not CONNECT")
    fields = _Fields(packet.body)
    name, level = fields.text(), fields.number(1)
    if (name, level) != ("MQTT", 4):
        if name not in ("MQTT", "MQIsdp"):
            raise BadPacket("another protocol")
        return Login(level if name == "MQTT" else 3, "", True, 0, None, None, None)
    flags, keepalive = fields.number(1), fields.number(2)
    has_will, has_user, has_password = flags & 0x04, flags & 0x80, flags & 0x40
    if (
        flags & 0x01
        or (not has_will and flags & 0x38)
        or flags & 0x18 == 0x18
        or (has_password and not has_user)
    ):
        raise BadPacket(f"CONNECT with flags {flags:#04x}")
    client_id = fields.text()
    will = (fields.text(), fields.data()) if has_will else None
    user = fields.text() if has_user else None
    password = fields.text() if has_password else None
    fields.end()
    return Login(level, client_id, bool(flags & 0x02), keepalive, user, password, will)


def parse_publish(packet: Packet) -> Publish:
    """Return topic, QoS and packet id (0 at QoS 0) of a PUBLISH (3.3)."""
    fields = _Fields(packet.body)
    qos = packet.head >> 1 & 3
    topic = fields.text()
    if qos == 3 or not topic or "+" in topic or "#" in topic:
        raise BadPacket("PUBLISH with a wildcard topic, no topic or QoS 3")
    return Publish(topic, qos, fields.packet_id() if qos else 0)


def parse_filters(packet: Packet) -> tuple[int, list[str]]:
    """Return packet id and topic filters of a SUBSCRIBE (3.8) or UNSUBSCRIBE (3.10)."""
    fields = _Fields(packet.body)
    packet_id, filters = fields.packet_id(), []
    while fields.left:
        filters.append(fields.text())
        if packet.type == SUBSCRIBE and fields.number(1) > 2:
            raise BadPacket("SUBSCRIBE with QoS 3 or reserved bits")
    return packet_id, filters


def connect(client_id: str) -> bytes:
    """Return a CONNECT with a clean session, no keepalive, no will and no credentials."""
    name = client_id.encode()
    return Packet(CONNECT << 4, b"\0\4MQTT\4\2\0\0" + len(name).to_bytes(2, "big") + name).encoded()


def connack(code: int) -> bytes:
    """Return a CONNACK without session."""
    return bytes((0x20, 2, 0, code))


def publish(topic: str, packet_id: int) -> bytes:
    """Return a PUBLISH at QoS 1 without a payload."""
    name = topic.encode()
    return Packet(
        PUBLISH << 4 | 2, len(name).to_bytes(2, "big") + name + packet_id.to_bytes(2, "big")
    ).encoded()


def puback(packet_id: int) -> bytes:
    """Return the PUBACK for `packet_id`."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def suback_refused(packet_id: int, count: int) -> bytes:
    """Return a SUBACK that refuses all `count` filters (3.9.3: 0x80 each)."""
    return Packet(0x90, packet_id.to_bytes(2, "big") + b"\x80" * count).encoded()


class _Fields:
    """Reads the fields of one packet body, strictly."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise BadPacket("a field is longer than its packet")
        self._at += size
        return self._body[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def packet_id(self) -> int:
        if number := self.number(2):
            return number
        raise BadPacket("packet id 0")

    def data(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        try:
            text = self.data().decode()
        except UnicodeDecodeError:
            raise BadPacket("text that is not UTF-8") from None
        if "\0" in text:
            raise BadPacket("text with a NUL")
        return text

    def end(self) -> None:
        if self.left:
            raise BadPacket("bytes after the last field")
