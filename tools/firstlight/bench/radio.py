"""The physics: what a station that scans and joins finds in the world, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from firstlight.bench.world import AccessPoint, World

# Seconds on a real board, from the record's timelines; World.scale multiplies them.
SWITCH_S = 0.3
SCAN_S = 2.2
JOIN_S = 0.9
DHCP_S = 0.1
NOT_FOUND_S = 2.4
WRONG_PASSWORD_S = 3.0
BEACON_LOSS_S = 6.0

# 802.11 and IDF reasons of a disconnection.
AUTH_EXPIRED = 2
ASSOC_LEAVE = 8
HANDSHAKE_TIMEOUT = 15  # what a wrong WPA password gives
BEACON_TIMEOUT = 200
NO_AP_FOUND = 201
NO_COMPATIBLE_SECURITY = 210

LEASE = {"ip": "192.168.1.50", "mask": "255.255.255.0", "gateway": "192.168.1.1", "dns": "192.168.1.1"}


@dataclass
class Association:
    """A station's tie to one access point; `attempt` is the join that the device last asked for."""

    point: AccessPoint
    attempt: int


class Radio:
    """One station in the world. What happens to it goes to `send` as messages for the device."""

    def __init__(
        self,
        send: Callable[[dict], None],
        world: World,
        forgiving: bool,
        tuned: Callable[[int], None] = lambda channel: None,
    ) -> None:
        """forgiving: whether a key given to an open network does not matter (ESP8266).

        tuned: called with the channel that an association has brought the one radio to.
        """
        self._send = send
        self._tuned = tuned
        self._forgiving = forgiving
        self._tie: Association | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._fading: asyncio.TimerHandle | None = None
        self._joining: asyncio.TimerHandle | None = None
        self.world = world
        self.air = asyncio.Event()  # set while bytes get through to the internet

    @property
    def in_range(self) -> AccessPoint | None:
        """The access point that the station is associated with, as it is now; None when it has vanished."""
        if self._tie:
            for point in self.world.access_points:
                if point.bssid == self._tie.point.bssid:
                    return point
        return None

    @property
    def refuses(self) -> bool:
        """Whether new connections are turned away: the access point is there, the internet is not."""
        return self._tie is None or (self.in_range is not None and not self.in_range.internet)

    def later(self, seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `action` after so many of the radio's seconds, unless power_off() comes first."""

        def run() -> None:
            self._timers.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(seconds * self.world.scale, run)
        self._timers.add(handle)
        return handle

    def _cancel(self, handle: asyncio.TimerHandle | None) -> None:
        if handle:
            handle.cancel()
            self._timers.discard(handle)

    def power_off(self) -> None:
        """The station is gone, without a word to anybody."""
        for handle in self._timers:
            handle.cancel()
        self._timers.clear()
        self._tie = self._joining = self._fading = None
        self.air.clear()

    def scan(self, answer: Callable[[list[list[object]]], None]) -> None:
        """Answer with what is in the air when the scan ends: strongest first, hidden names empty."""
        self.later(SCAN_S, lambda: answer(self._found()))

    def _found(self) -> list[list[object]]:
        points = sorted(self.world.access_points, key=lambda point: -point.rssi)
        return [
            ["" if p.hidden else p.ssid.hex(), p.bssid.hex(), p.channel, p.rssi, p.authmode, p.hidden]
            for p in points
        ]

    def join(self, attempt: int, ssid: bytes, key: bytes, bssid: bytes | None) -> None:
        """Start an attempt. An associated station stays where it is (record, connect to another)."""
        self._cancel(self._joining)
        if self._tie:
            self._tie.attempt = attempt
            self._joining = self.later(JOIN_S, lambda: self._send({"event": "sta_settled", "try": attempt}))
            return
        reason, seconds = self._outcome(ssid, key, bssid)
        if reason:
            self._joining = self.later(seconds, lambda: self._lost(attempt, reason))
        else:
            self._joining = self.later(JOIN_S, lambda: self._associate(attempt, ssid, key, bssid))

    def _candidate(self, ssid: bytes, key: bytes, bssid: bytes | None) -> AccessPoint | None:
        """The strongest; for an ESP32 of those whose security goes with the key, if there are any."""

        def merit(point: AccessPoint) -> tuple[bool, int]:
            return self._forgiving or (point.security != "OPEN") == bool(key), point.rssi

        points = [p for p in self.world.access_points if p.ssid == ssid and bssid in (None, p.bssid)]
        return max(points, key=merit, default=None)

    def _outcome(self, ssid: bytes, key: bytes, bssid: bytes | None) -> tuple[int, float]:
        """(reason of the failure or 0, seconds until it shows)."""
        point = self._candidate(ssid, key, bssid)
        if point is None:
            return NO_AP_FOUND, NOT_FOUND_S
        if point.security == "OPEN":
            if key and not self._forgiving:
                # Record: it is 210, after as long as a network that is not there.
                return NO_COMPATIBLE_SECURITY, NOT_FOUND_S
            return point.refuses, JOIN_S
        if point.authmode == 5 or (not key and not self._forgiving):
            return NO_COMPATIBLE_SECURITY, NOT_FOUND_S
        if point.refuses:
            return point.refuses, JOIN_S
        return (0, 0) if point.accepts(key) else (HANDSHAKE_TIMEOUT, WRONG_PASSWORD_S)

    def _associate(self, attempt: int, ssid: bytes, key: bytes, bssid: bytes | None) -> None:
        reason, _ = self._outcome(ssid, key, bssid)
        point = self._candidate(ssid, key, bssid)
        if reason or point is None:
            return self._lost(attempt, reason)  # the world changed meanwhile
        self._joining = None
        self._tie = Association(point, attempt)
        self._send({"event": "sta_connected", "try": attempt, "channel": point.channel, "rssi": point.rssi})
        self._tuned(point.channel)
        self.lease()
        self._breathe()

    def lease(self) -> None:
        """What the DHCP client of the device gets, if anything."""

        def give() -> None:
            if self.in_range and self.in_range.dhcp:
                self._send({"event": "sta_ip", **LEASE})

        self.later(DHCP_S, give)

    def leave(self) -> None:
        """The station ends attempt or association; only the latter is an event (record, disconnect())."""
        self._cancel(self._joining)
        self._joining = None
        if self._tie:
            self._lost(self._tie.attempt, ASSOC_LEAVE)

    def _lost(self, attempt: int, reason: int) -> None:
        self._cancel(self._fading)
        self._tie = self._fading = self._joining = None
        self.air.clear()
        self._send({"event": "sta_disconnected", "try": attempt, "reason": reason})

    def change(self, world: World) -> None:
        """The world is another one from now on."""
        self.world = world
        if not self._tie:
            return
        now, then = self.in_range, self._tie.point
        if now is None:
            if not self._fading:
                attempt = self._tie.attempt
                self._fading = self.later(BEACON_LOSS_S, lambda: self._lost(attempt, BEACON_TIMEOUT))
        else:
            self._cancel(self._fading)
            self._fading = None
            if (now.password, now.security) != (then.password, then.security):
                return self._lost(self._tie.attempt, AUTH_EXPIRED)
            self._tie.point = now
        self._breathe()

    def _breathe(self) -> None:
        if self.in_range and self.in_range.internet:
            self.air.set()
        else:
            self.air.clear()
