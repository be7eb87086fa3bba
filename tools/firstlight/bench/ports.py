"""Free ports for the things of a device that outlive its resets."""

from __future__ import annotations

import random
import socket

from firstlight.errors import UserError
from firstlight.net import ensure_free

# Below what Linux and macOS hand out by themselves, so that no client takes a port between two boots.
_FIRST, _LAST = 20000, 29999
_given: set[int] = set()


def choose(address: tuple[str, int], option: str, kind: int) -> tuple[str, int]:
    """The address, with a free port in place of port 0. Raises UserError when it is taken."""
    host, port = address
    if port:
        ensure_free(host, port, option, kind)
        return address
    for port in random.sample(range(_FIRST, _LAST), 200):
        if port not in _given and _is_free(host, port, option, kind):
            _given.add(port)
            return host, port
    raise UserError(f"{option}: found no free port on {host}; choose one with {option}")


def _is_free(host: str, port: int, option: str, kind: int) -> bool:
    try:
        ensure_free(host, port, option, kind)
    except UserError:
        return False
    return True


def bound(address: tuple[str, int], option: str, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """A socket bound to an address, not listening: connections are refused until it does."""
    sock = socket.socket(socket.AF_INET, kind)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise UserError(f"{option}: cannot use {address[0]}:{address[1]} ({error.strerror})") from None
    return sock
