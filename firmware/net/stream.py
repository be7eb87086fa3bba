"""Outgoing TCP, TLS on top where a context is given. Unlike asyncio's, a failure leaves no socket behind."""

import asyncio
import socket
from errno import EINPROGRESS

from net.wait import aside, writable


class LookupFailed(OSError):
    """The name has no address here (ports answer with numbers of their own)."""


class Stream(asyncio.StreamReader, asyncio.StreamWriter):
    """On MicroPython the two are one class; the type checker has to be told."""


async def connect(host, port, tls=None):
    """A stream to (host, port); the caller sets the deadline. On an ESP8266 the look-up blocks."""
    try:
        address = (await aside(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM))[0][-1]
    except OSError as e:
        if e.errno and e.errno > 0:
            raise  # no route, no sockets left: not the name's fault
        raise LookupFailed(e.errno)
    sock = socket.socket()
    try:
        sock.setblocking(False)
        try:
            sock.connect(address)
        except OSError as e:
            if e.errno != EINPROGRESS:
                raise
        await writable(sock)
        if tls:
            sock = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            sock.setblocking(False)
        return Stream(sock)
    except BaseException:
        sock.close()
        raise
