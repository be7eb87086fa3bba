"""Outgoing TCP, with TLS on top where a context is given. Unlike asyncio's, no socket is left behind on failure."""

import asyncio
import socket
from asyncio import core
from errno import EINPROGRESS


class LookupFailed(OSError):
    """The name has no address here (ports answer with numbers of their own)."""


async def connect(host, port, tls=None):
    """A stream to (host, port). Blocks while the name is looked up; the caller sets the deadline."""
    try:
        address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0][-1]
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
        await _writable(sock)
        if tls:
            sock = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            sock.setblocking(False)
        return asyncio.StreamReader(sock)
    except BaseException:
        sock.close()
        raise


def _writable(sock):
    yield core._io_queue.queue_write(sock)  # as asyncio.stream does; MicroPython awaits generators
