"""Addresses as users write them."""

from __future__ import annotations

import ipaddress
import re
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


_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"


def host(text: str, option: str) -> str:
    """Return `text`, given to `option`. Raises UserError when it is neither a host's name nor an address."""
    try:
        ipaddress.ip_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        if len(text) > 253 or not re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", text):
            raise UserError(
                f"{option}: {text!r} is neither a host's name nor an address, for example cloud.example"
            ) from None
    return text


def reason(error: Exception) -> str:
    """Why, in the system's words and without its number."""
    return getattr(error, "strerror", None) or str(error)


def ensure_free(host: str, port: int, option: str, kind: int = socket.SOCK_STREAM) -> None:
    """Raise UserError when (host, port) cannot be bound, naming the option that chose it."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise UserError(
                f"{option}: cannot use {host}:{port} ({reason(error)}); choose another with {option}"
            ) from None
