"""SNTP (RFC 4330): the time, from one datagram."""

import asyncio
import os
import socket

from micropython import const

from net.stream import lookup
from net.wait import readable

_PORT = const(123)
_AGAIN_MS = const(1000)  # datagrams get lost
_SIZE = const(48)
_CLIENT = const(0x23)  # version 4, mode 3
_SERVER = const(4)
_UNKNOWN = const(3)  # leap indicator of a server that does not know the time itself
_ERA = const(0x100000000)
_UNIX = const(2208988800)  # from 1900 to 1970


async def now(host, ms):
    """Unix seconds as a server tells them. Raises OSError, ValueError (it will not), asyncio.TimeoutError."""
    return await asyncio.wait_for_ms(_ask(host), ms)


def question(mark):
    """A client's packet; the server sends the mark (8 bytes) back, so that nobody else can answer."""
    return bytes((_CLIENT,)) + bytes(_SIZE - 9) + mark


def answer(packet, mark):
    """Unix seconds, 0 when this is not the answer to `mark`; ValueError when it is a refusal. Pure."""
    if len(packet) < _SIZE or packet[0] & 7 != _SERVER or bytes(packet[24:32]) != mark:
        return 0
    stratum = packet[1]
    if not 1 <= stratum <= 15 or packet[0] >> 6 == _UNKNOWN:
        raise ValueError("no time from this server")  # stratum 0 is the kiss of death: leave it alone
    seconds = int.from_bytes(packet[40:44], "big")
    if not seconds & 0x80000000:
        seconds += _ERA  # it has started anew in February 2036
    return seconds - _UNIX


async def _ask(host):
    address = await lookup(host, _PORT, socket.SOCK_DGRAM)
    mark = os.urandom(8)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(address)  # from now on only that server is heard
        while True:
            sock.send(question(mark))
            try:
                return await asyncio.wait_for_ms(_reply(sock, mark), _AGAIN_MS)
            except asyncio.TimeoutError:
                pass
    finally:
        sock.close()


async def _reply(sock, mark):
    while True:
        await readable(sock)
        seconds = answer(sock.recv(_SIZE), mark)
        if seconds:
            return seconds
