"""Outgoing TCP, TLS on top where a context is given. Unlike asyncio's, a failure leaves no socket behind."""

import asyncio
import socket
from errno import EINPROGRESS

from micropython import const

from net.wait import aside, writable

_TCP = const(6)  # the ports do not name them all
_NODELAY = const(1)


class LookupFailed(OSError):
    """The name has no address here (ports answer with numbers of their own)."""


class Stream(asyncio.StreamReader, asyncio.StreamWriter):
    """On MicroPython the two are one class; the type checker has to be told."""

    below = None  # the socket under TLS, which forgets it in a failed handshake and would leave it open

    async def wait_closed(self):
        self.s.close()  # pyright: ignore[reportAttributeAccessIssue]  the stubs are CPython's
        if self.below:
            self.below.close()


async def lookup(host, port, kind):
    """The address of (host, port). Raises LookupFailed. On an ESP8266 it blocks."""
    try:
        return (await aside(socket.getaddrinfo, host, port, 0, kind))[0][-1]
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
        stream = Stream(secure)
        stream.below = sock  # pyright: ignore[reportAttributeAccessIssue]  it starts as None
        return stream
    except BaseException:
        sock.close()
        raise
