"""Addresses as users write them."""

from __future__ import annotations

import socket

from firstlight.errors import UserError


def host_port(text: str, option: str) -> tuple[str, int]:
    """Split `HOST:PORT` as given to the option `option` (for example `--http`).

    Raises UserError when it is not that.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise UserError(f"{option}: {text!r} is not HOST:PORT, for example 127.0.0.1:8080")
    return host, int(port)


def ensure_free(host: str, port: int, option: str, kind: int = socket.SOCK_STREAM) -> None:
    """Raise UserError when (host, port) cannot be bound, naming the option that chose it."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise UserError(
                f"{option}: cannot use {host}:{port} ({error}); choose another with {option}"
            ) from None
