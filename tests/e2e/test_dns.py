"""The DNS responder of a whole virtual device, in both modes of product.py."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from firstlight.bench.device import VirtualDevice


def ask(address: tuple[str, int], name: str) -> bytes:
    """The reply to a query for the name's IPv4 address."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\1\0\1", address)
        return sock.recv(512)


@pytest.mark.parametrize(("name_only", "code"), [(False, 0), (True, 2)])
def test_names_that_are_answered(tmp_path: Path, name_only: bool, code: int) -> None:
    async def scenario() -> None:
        device = VirtualDevice(tmp_path / "device", overrides={"DNS_NAME_ONLY": name_only})
        try:
            await device.start()
            await device.wait("ap", up=True)
            own = await asyncio.to_thread(ask, device.dns_address, "blynk.setup")
            foreign = await asyncio.to_thread(ask, device.dns_address, "captive.apple.com")
        finally:
            await device.stop()
        assert own.endswith(bytes((192, 168, 4, 1))) and own[3] & 15 == 0
        assert foreign[3] & 15 == code and foreign.endswith(bytes((192, 168, 4, 1))) == (code == 0)

    asyncio.run(scenario())
