"""The DNS responder: every name, or those of a list, is this device."""

import socket

from micropython import const

from core import log
from net.wait import readable

_MOST = const(512)  # bytes of a DNS packet over UDP
_TTL = const(60)
_SERVER_FAILURE = const(2)


def answer(query, address, names=None):
    """The reply to a query packet (4 address bytes), or None for what is not a plain query.

    With `names` (a tuple, lower case) a query for another name is told that this server cannot say.
    """
    size = len(query)
    # Header 12, at least a root name, type and class; one question, nothing answered, no other opcode.
    if not 17 <= size <= _MOST or query[2] & 0xF8 or query[4:8] != b"\0\1\0\0":
        return None
    name, end = _name(query, size)
    if name is None or query[end + 2 : end + 4] != b"\0\1":  # class IN
        return None
    ours = names is None or name in [each.encode() for each in names]
    is_a = ours and query[end : end + 2] == b"\0\1"
    flags = bytes((0x84 | query[2] & 1, 0 if ours else _SERVER_FAILURE))
    reply = query[:2] + flags + b"\0\1\0" + bytes((is_a,)) + b"\0\0\0\0" + query[12 : end + 4]
    if is_a:
        reply += b"\xc0\x0c\0\1\0\1\0\0\0" + bytes((_TTL,)) + b"\0\4" + address
    return reply


def _name(query, size):
    """(the question's name in lower case, where it ends), or (None, 0) when it does not end properly."""
    labels = []
    at = 12
    while at < size and query[at]:
        length = query[at]
        if length > 63 or at + length > 12 + 253:
            return None, 0
        labels.append(bytes(query[at + 1 : at + 1 + length]).lower())
        at += length + 1
    return (b".".join(labels), at + 1) if at + 5 <= size else (None, 0)


async def serve(host, port=53, names=None):
    """Answer until cancelled."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(socket.getaddrinfo(host, port)[0][-1])
        address = bytes([int(part) for part in host.split(".")])
        while True:
            await readable(sock)
            try:
                query, peer = sock.recvfrom(_MOST)
                reply = answer(query, address, names)
                if reply:
                    sock.sendto(reply, peer)
            except (OSError, MemoryError) as e:
                log.warn("dns", e)
    finally:
        sock.close()
