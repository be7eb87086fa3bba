"""What the device reaches as a station: names, and relays that obey the radio."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket

from firstlight.bench import ports
from firstlight.bench.datagrams import Datagrams
from firstlight.bench.radio import Radio
from firstlight.bench.relay import Relay


class Uplink:
    """The internet as one device sees it: a relay on loopback for each (host, port) that it asked for."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self._relays: dict[tuple[str, int, bool, tuple[str, int]], tuple[Relay | Datagrams, int]] = {}

    async def resolve(self, host: str, port: int, udp: bool = False) -> dict:
        """The answer to a device that wants to talk to (host, port): a loopback port, or an error."""
        if not self._radio.air.is_set():
            return {"error": "offline"}
        if not _is_address(host):
            await asyncio.sleep(self._radio.world.lookup)
        target = self._target(host, port)
        key = (host, port, udp, target)  # a name that leads elsewhere now: what was open stays where it is
        there = await _found(*target, udp)
        if not there:
            return {"error": "unknown"}
        if key not in self._relays:
            self._relays[key] = self._udp(there) if udp else self._tcp(target)
        return {"port": self._relays[key][1]}

    def _tcp(self, target: tuple[str, int]) -> tuple[Relay, int]:
        """A new relay, and the port that leads to it."""
        relay = Relay(target, self._radio.air, lambda: self._radio.refuses)
        return relay, relay.listen(ports.bound(("127.0.0.1", 0), "relay"))

    def _udp(self, target: tuple[str, int]) -> tuple[Datagrams, int]:
        relay = Datagrams(target, self._radio.air)
        return relay, relay.listen(ports.bound(("127.0.0.1", 0), "relay", socket.SOCK_DGRAM))

    def _target(self, host: str, port: int) -> tuple[str, int]:
        names = self._radio.world.names
        there, other_port = names.get(host) or names.get("*") or (host, 0)
        return there, other_port or port

    async def close(self) -> None:
        """Break every connection off, and forget the relays: the device has lost power or resets."""
        relays, self._relays = self._relays, {}
        for relay, _ in relays.values():
            relay.close()
        for relay, _ in relays.values():
            await relay.closed()


def _is_address(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False


async def _found(host: str, port: int, udp: bool) -> tuple[str, int] | None:
    """The address that a name has here; datagrams go to IPv4 only."""
    family, kind = (socket.AF_INET, socket.SOCK_DGRAM) if udp else (0, socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=kind)
    except OSError:
        return None
    return found[0][4][:2]
