"""The device's own access point: its address for phones, and who is associated with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firstlight.bench import ports
from firstlight.bench.relay import Relay

PHONE = bytes.fromhex("0250484f4e45")
PHONE_STAYS_S = 10.0  # a phone is taken for associated from its first connection until so long after its last
PHONE_BACK_S = 3.0  # a phone finds an access point again that has changed its channel
_CHANNEL = 1  # v1.24 opens every access point there (record, surprise 1)
_SETTLE_S = 0.02  # active() and config() are two calls: one event tells of both


class Portal:
    """Phones connect to `address`; while the access point is up they are led on to the device's port.

    There is no association on loopback, so a TCP connection stands for one: the bench sees them, because it
    carries them. changed: called with (up, ssid) when that changed; stations: with the MAC addresses present.
    """

    def __init__(
        self,
        address: tuple[str, int],
        target: tuple[str, int],
        changed: Callable[[bool, str], None],
        stations: Callable[[list[bytes]], None],
    ) -> None:
        """Take the address. Raises UserError when it is not free."""
        self.address = address
        self.phone_stays_s = PHONE_STAYS_S
        self.ssid: bytes | None = None
        self.security = "OPEN"
        self._channel = _CHANNEL
        self._target = target
        self._changed = changed
        self._stations = stations
        self._listener = ports.bound(address, "--portal")
        self._air = asyncio.Event()
        self._air.set()
        self._relay: Relay | None = None
        self._told: tuple[bool, str] = (False, "")
        self._present: set[bytes] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None

    def up(self, ssid: bytes, security: str) -> None:
        """The access point is on the air under this name; `security` as in a world file."""
        self.ssid, self.security = ssid, security
        self.found()
        self._tell_soon(_SETTLE_S)

    def down(self) -> None:
        """It is off the air: every phone is gone."""
        self.ssid = None
        self._channel = _CHANNEL
        self._drop_phones()
        self._tell_soon(0)

    def move(self, channel: int) -> bool:
        """It has changed its channel. True when phones were cut off by that; found() lets them in again."""
        if self.ssid is None or channel == self._channel:
            return False
        self._channel = channel
        self._drop_phones()
        return True

    @property
    def phones(self) -> int:
        """How many are associated."""
        return len(self._present)

    def found(self) -> None:
        """Phones see it, if it is on the air, and may connect."""
        if self.ssid is not None and not self._relay:
            self._relay = Relay(self._target, self._air, changed=self._connections)
            self._relay.listen(self._listener)

    def _drop_phones(self) -> None:
        if self._relay:
            relay, self._relay = self._relay, None
            relay.close()
            self._listener = ports.bound(self.address, "--portal")
        self._part_all()

    def close(self) -> None:
        """Give the address up."""
        self.down()
        self._timer.cancel()
        self._listener.close()

    def associate(self, mac: bytes = PHONE) -> None:
        """A phone joins the access point and stays until it parts."""
        self._present.add(mac)
        self._stations(sorted(self._present))

    def part(self, mac: bytes = PHONE) -> None:
        """A phone leaves the access point."""
        self._present.discard(mac)
        self._stations(sorted(self._present))

    def _part_all(self) -> None:
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None
        if self._present:
            self._present.clear()
            self._stations([])

    def _connections(self, count: int) -> None:
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None
        if count and PHONE not in self._present:
            self.associate()
        elif not count and self._relay:
            self._leaving = asyncio.get_running_loop().call_later(self.phone_stays_s, self.part)

    def _tell_soon(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._tell)

    def _tell(self) -> None:
        now = (False, self._told[1]) if self.ssid is None else (True, self.ssid.decode(errors="replace"))
        if now != self._told:
            self._told = now
            self._changed(*now)
