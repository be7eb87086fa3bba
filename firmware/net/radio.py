"""Sole owner of the station and the access point."""

import asyncio

import network
from micropython import const

from core import log
from core.clock import Deadline

ADDRESS = "192.168.4.1"

# Why a join failed.
TIMEOUT = const(0)
NOT_FOUND = const(1)
WRONG_PASSWORD = const(2)
TURNED_AWAY = const(3)
NO_ADDRESS = const(4)

_TRIES = const(3)  # one refusal may be a lost frame
_POLL_MS = const(100)

_SECURITY = (
    "OPEN",
    "WEP",
    "WPA",
    "WPA2",
    "WPA+WPA2",
    "WPA2 ENT",
    "WPA3",
    "WPA2+WPA3",
    "WAPI",
    "OWE",
    "WPA3 ENT",
)


def security(mode):
    """The Inject name of an authentication mode out of a scan."""
    return _SECURITY[mode] if mode < len(_SECURITY) else "unknown"


class JoinError(Exception):
    """A network that was not joined; `reason` is one of the constants above."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Radio:
    def __init__(self):
        self._sta = network.WLAN(network.STA_IF)
        self._ap = network.WLAN(network.AP_IF)
        self._reasons = _reasons()

    def hostname(self, name):
        """What the station calls itself to the router."""
        network.hostname(name)

    def mac(self, access_point=False):
        return (self._ap if access_point else self._sta).config("mac")

    def host(self, ssid):
        """Open the access point. The ports want it active before it is configured."""
        self._ap.active(True)
        self._ap.config(ssid=ssid, security=0)

    def unhost(self):
        self._ap.active(False)

    def guests(self):
        """Whether a phone is associated with the access point."""
        return self._ap.isconnected()

    def scan(self):
        """Named networks as (ssid, bssid, channel, rssi, security): strongest first, each SSID once."""
        try:
            if not self._sta.active():
                self._sta.active(True)
                self._sta.disconnect()  # an ESP8266 starts joining what its SDK remembers
            found = self._sta.scan()
        except OSError as e:
            log.warn("wifi", "scan failed:", e)
            return []
        found.sort(key=lambda row: -row[3])
        rows = []
        names = set()
        for row in found:
            if row[0] and row[0] not in names:
                names.add(row[0])
                rows.append(row[:5])
        return rows

    def joined(self):
        return self._sta.isconnected()

    def address(self):
        return self._sta.ifconfig()[0]

    async def join(self, ssid, password, static, ms):
        """Join within `ms`, or raise JoinError with the likeliest reason."""
        self._ap.active(False)  # an ESP8266 opens its own at boot
        deadline = Deadline(ms)
        failures = 0
        try:
            while True:
                self._start(ssid, password, static)
                reason = await self._outcome(deadline)
                if reason is None:
                    return
                failures += 1
                log.info("wifi", "try", failures, "failed, status", self._sta.status())
                if failures == _TRIES or not deadline.left():
                    raise JoinError(reason)
        except OSError as e:
            log.warn("wifi", "join:", e)
            raise JoinError(TURNED_AWAY)
        finally:
            if not self._sta.isconnected():
                self.leave()

    def leave(self):
        """Stop trying. Inactive, the port also forgets the last failure, which status() goes on showing."""
        if self._sta.active():
            try:
                self._sta.disconnect()
            except OSError:
                pass  # some states refuse it; what counts is the next line
            self._sta.active(False)

    def _start(self, ssid, password, static):
        self.leave()
        sta = self._sta
        sta.active(True)
        try:
            sta.config(reconnects=0)  # ESP32: we try again, and status() shows the raw reason
        except ValueError:
            pass  # ESP8266: no such key, its SDK goes on by itself
        if static:
            sta.ifconfig(tuple(static.split(",")))
        if password:
            sta.connect(ssid, password)
        else:
            sta.connect(ssid)

    async def _outcome(self, deadline):
        """None once joined, else a reason. status() is only a hint: time decides."""
        sta = self._sta
        while deadline.left():
            if sta.isconnected():
                return None
            reason = self._reasons.get(sta.status())
            if reason is not None:
                return reason
            await asyncio.sleep_ms(_POLL_MS)
        return NO_ADDRESS if self._associated() else TIMEOUT

    def _associated(self):
        try:
            return self._sta.status("rssi") < 0  # an ESP8266 answers 31 while it is not
        except OSError:
            return False


def _reasons():
    """What status() means on this port."""
    reasons = {network.STAT_NO_AP_FOUND: NOT_FOUND, network.STAT_WRONG_PASSWORD: WRONG_PASSWORD}
    if hasattr(network, "STAT_ASSOC_FAIL"):  # ESP32: raw 802.11 and IDF reason codes
        for code in (2, 14, 15, 204, 210, 211):  # expired, MIC, handshakes; security that does not fit
            reasons[code] = WRONG_PASSWORD
        reasons[212] = NOT_FOUND  # too weak
        reasons[203] = TURNED_AWAY
    else:
        reasons[network.STAT_CONNECT_FAIL] = TURNED_AWAY
    return reasons
