"""The captive DNS responder: every name is this device."""

import socket

from core import log
from net.wait import readable

_MOST = 512  # bytes of a DNS packet over UDP
_TTL = 60


def answer(query, address):
    """The reply to a query packet (4 address bytes), or None for what is not a plain query."""
    size = len(query)
    # Header 12, at least a root name, type and class; one question, nothing answered, no other opcode.
    if not 17 <= size <= _MOST or query[2] & 0xF8 or query[4:8] != b"\0\1\0\0":
        return None
    end = _name_end(query, size)
    if end is None or query[end + 2 : end + 4] != b"\0\1":  # class IN
        return None
    is_a = query[end : end + 2] == b"\0\1"
    head = query[:2] + bytes((0x84 | query[2] & 1, 0)) + b"\0\1\0" + bytes((is_a,)) + b"\0\0\0\0"
    reply = head + query[12 : end + 4]
    if is_a:
        reply += b"\xc0\x0c\0\1\0\1\0\0\0" + bytes((_TTL,)) + b"\0\4" + address
    return reply


def _name_end(query, size):
    """Where the question's name ends, or None when it does not end properly."""
    at = 12
    while at < size and query[at]:
        if query[at] > 63 or at > 12 + 254:
            return None
        at += query[at] + 1
    return at + 1 if at + 5 <= size else None


async def serve(host, port=53):
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
                reply = answer(query, address)
                if reply:
                    sock.sendto(reply, peer)
            except OSError as e:
                log.warn("dns", e)
    finally:
        sock.close()
