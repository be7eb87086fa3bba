"""Packets of MQTT 3.1.1, built and taken apart. Pure: bytes in, bytes or values out, or MqttError."""

from micropython import const

PINGREQ = b"\xc0\0"
DISCONNECT = b"\xe0\0"

_CONNECT = const(0x10)
_PUBLISH = const(0x30)
_PUBACK = const(0x40)
_SUBSCRIBE = const(0x82)
_REFUSED = const(0x80)
LATE = const(-1)  # an answer did not come in time


class MqttError(Exception):
    """A refusal (`code` 1 to 5 of CONNACK, 0x80 of SUBACK), LATE, or with code 0 what breaks the protocol."""

    def __init__(self, text, code=0):
        super().__init__(text, code)
        self.code = code


def connect(client_id, user, password, keepalive_s, clean, will):
    """CONNECT with a user; `will` is None or (topic, payload, qos, retain)."""
    flags = 0xC0 | clean << 1
    fields = [_string(client_id)]
    if will:
        topic, payload, qos, retain = will
        flags |= 4 | qos << 3 | retain << 5
        fields += (_string(topic), _string(payload))
    fields += (_string(user), _string(password))
    return _packet(_CONNECT, b"\0\4MQTT\4", bytes((flags,)), _number(keepalive_s), *fields)


def publish(topic, payload, qos, retain, packet_id):
    """PUBLISH of text or bytes; the packet id counts with QoS 1 only."""
    if isinstance(payload, str):
        payload = payload.encode()
    return _packet(_PUBLISH | qos << 1 | retain, _string(topic), _number(packet_id) if qos else b"", payload)


def puback(packet_id):
    return bytes((_PUBACK, 2, packet_id >> 8, packet_id & 0xFF))


def subscribe(topic, qos, packet_id):
    """SUBSCRIBE to one topic filter."""
    return _packet(_SUBSCRIBE, _number(packet_id), _string(topic), bytes((qos,)))


def accepted(body):
    """Of a CONNACK: whether the broker has kept a session."""
    kept, code = body
    if code > 5 or kept > 1:
        raise MqttError("no CONNACK")
    if code:
        raise MqttError("refused", code)
    return kept == 1


def packet_id(field):
    """Of these two bytes."""
    value = field[0] << 8 | field[1]
    if not value:
        raise MqttError("packet id 0")
    return value


def acknowledged(body):
    """Of a PUBACK, or of a SUBACK for one filter: its packet id."""
    code = body[2] if len(body) > 2 else 0
    if code == _REFUSED:
        raise MqttError("subscription refused", code)
    if code > 2:
        raise MqttError("unexpected packet")
    return packet_id(body)


def topic_size(head, size, field):
    """Of a PUBLISH with this first byte and remaining length: its topic's, from the two bytes before it."""
    length = field[0] << 8 | field[1] if size > 1 else 0
    if head & 6 > 2 or head & 0x0E == 8 or not 0 < length <= size - (4 if head & 2 else 2):
        raise MqttError("malformed PUBLISH")
    return length


def published(head, body):
    """Of a PUBLISH: (topic, packet id or 0, where its payload begins)."""
    at = 2 + topic_size(head, len(body), body)
    try:
        topic = str(body[2:at], "utf-8")
    except UnicodeError:
        raise MqttError("malformed PUBLISH")
    if "+" in topic or "#" in topic or "\0" in topic:
        raise MqttError("malformed PUBLISH")
    if not head & 2:
        return topic, 0, at
    return topic, packet_id(body[at : at + 2]), at + 2


def _packet(head, *parts):
    """First byte, length and the parts, in one piece."""
    size = 0
    for part in parts:
        size += len(part)
    return b"".join((bytes((head,)), _length(size)) + parts)


def _length(size):
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    return out


def _number(value):
    return value.to_bytes(2, "big")


def _string(text):
    data = text.encode() if isinstance(text, str) else text
    return _number(len(data)) + data
