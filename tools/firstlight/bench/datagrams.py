"""UDP through the air: what the radio world does not carry is lost, and nobody is told."""

from __future__ import annotations

import asyncio
import contextlib
import socket

_LONGEST = 65535
_PEERS = 32  # sockets of the device that are remembered; the oldest is forgotten first


class Datagrams:
    """Leads every datagram to one socket on to one target, and each answer back to who asked.

    air: datagrams pass in both directions only while it is set.
    """

    def __init__(self, target: tuple[str, int], air: asyncio.Event) -> None:
        self._target = target
        self._air = air
        self._door: socket.socket | None = None
        self._ways: dict[object, socket.socket] = {}  # who asked -> our socket towards the target

    def listen(self, door: socket.socket) -> int:
        """Serve on a bound socket, which now belongs to the relay. Returns its port."""
        door.setblocking(False)
        self._door = door
        asyncio.get_running_loop().add_reader(door, self._out)
        return door.getsockname()[1]

    def close(self) -> None:
        """Stop, now."""
        for way in [*self._ways.values(), *([self._door] if self._door else [])]:
            asyncio.get_running_loop().remove_reader(way)
            way.close()
        self._ways.clear()
        self._door = None

    async def closed(self) -> None:
        """After close(), as for a relay of TCP: nothing is left to wait for."""

    def _out(self) -> None:
        with contextlib.suppress(OSError):
            data, peer = self._door.recvfrom(_LONGEST)
            if self._air.is_set():
                self._way(peer).send(data)

    def _way(self, peer: object) -> socket.socket:
        if peer not in self._ways:
            if len(self._ways) == _PEERS:
                self._forget(next(iter(self._ways)))
            way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            way.setblocking(False)
            way.connect(self._target)
            self._ways[peer] = way
            asyncio.get_running_loop().add_reader(way, self._back, peer)
        return self._ways[peer]

    def _forget(self, peer: object) -> None:
        way = self._ways.pop(peer)
        asyncio.get_running_loop().remove_reader(way)
        way.close()

    def _back(self, peer: object) -> None:
        try:
            data = self._ways[peer].recv(_LONGEST)
        except OSError:
            return  # nobody listens there: a device hears nothing of it
        if self._air.is_set():
            with contextlib.suppress(OSError):
                self._door.sendto(data, peer)
