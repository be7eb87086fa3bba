"""Outgoing TCP, TLS on top where a context is given. Unlike asyncio's, a failure leaves no socket behind."""

import socket
from errno import EINPROGRESS

from micropython import const

from net.wait import aside, readable, writable

_TCP = const(6)  # the ports do not name them all
_NODELAY = const(1)


class LookupFailed(OSError):
    """The name has no address here (ports answer with numbers of their own)."""


class Stream:
    """A connection that is written as asyncio's streams are, and read a part at a time."""

    def __init__(self, sock, below=None):
        self._sock = sock
        self._below = below  # the socket under TLS, which a failed handshake would leave open
        self.out_buf = b""  # what the socket has not taken yet

    async def readinto(self, part):
        """How many of its bytes are filled now; 0 at the end."""
        # First without waiting: an ESP8266's TLS may hold what its socket no longer shows. And then again:
        # TLS wakes us for what is nothing of ours, too.
        while (count := self._sock.readinto(part)) is None:
            await readable(self._sock)
        return count

    def write(self, data):
        """Send what the socket takes at once; the rest is left to drain()."""
        if self.out_buf:
            self.out_buf += data
        else:
            self.out_buf = data[self._sock.write(data) or 0 :]

    async def drain(self):
        data = memoryview(self.out_buf)
        while len(data):
            await writable(self._sock)
            data = data[self._sock.write(data) or 0 :]
        self.out_buf = b""

    def close(self):
        self._sock.close()
        if self._below:
            self._below.close()


async def lookup(host, port, kind):
    """The address of (host, port). Raises LookupFailed. On an ESP8266 it blocks."""
    try:
        return (await aside(socket.getaddrinfo, host, port, socket.AF_INET, kind))[0][-1]
    except OSError as e:
        if isinstance(e.errno, int) and e.errno > 0:
            raise  # no route, no sockets left: not the name's fault
        raise LookupFailed(e.errno)


async def connect(host, port, tls=None):
    """A stream to (host, port); the caller sets the deadline. What TLS refuses shows in the first drain()."""
    address = await lookup(host, port, socket.SOCK_STREAM)
    sock = socket.socket()
    try:
        sock.setblocking(False)
        sock.setsockopt(_TCP, _NODELAY, 1)  # else a second small packet waits until the first is confirmed
        try:
            sock.connect(address)
        except OSError as e:
            if e.errno != EINPROGRESS:
                raise
        await writable(sock)
        if not tls:
            return Stream(sock)
        secure = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        secure.setblocking(False)  # an ESP8266 asks the outer one
        return Stream(secure, sock)
    except BaseException:
        sock.close()
        raise
