"""Free ports for the things of a device that outlive its resets."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import socket
from pathlib import Path

from firstlight.errors import UserError
from firstlight.net import ensure_free

# Below what Linux and macOS hand out by themselves, so that no client takes a port between two boots.
_FIRST, _LAST = 20000, 29999
_PLACE = Path(__file__).resolve().parents[3] / "build" / "ports.lock"
_given: set[int] = set()
_register: int | None = None  # a file whose bytes stand for ports: benches in other processes lock theirs


def choose(address: tuple[str, int], option: str, kind: int) -> tuple[str, int]:
    """The address, with a free port in place of port 0. Raises UserError when it is taken."""
    host, port = address
    if port:
        ensure_free(host, port, option, kind)
        return address
    for port in random.sample(range(_FIRST, _LAST), 200):
        if port not in _given and _is_free(host, port, option, kind) and _reserved(port):
            _given.add(port)
            return host, port
    raise UserError(f"{option}: found no free port on {host}; choose one with {option}")


def _is_free(host: str, port: int, option: str, kind: int) -> bool:
    try:
        ensure_free(host, port, option, kind)
    except UserError:
        return False
    return True


def _reserved(port: int) -> bool:
    """Whether the port is now this process's, until it ends: a device may bind it only much later."""
    global _register
    try:
        if _register is None:
            _PLACE.parent.mkdir(exist_ok=True)
            _register = os.open(_PLACE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return True  # nowhere to say so: as good as alone
    with contextlib.suppress(OSError):
        fcntl.lockf(_register, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        return True
    return False


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
