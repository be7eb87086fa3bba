"""Sole owner of the station and the access point."""

import asyncio

import network
from micropython import const

from core import log
from core.clock import Deadline
from net.wait import aside

ADDRESS = "192.168.4.1"

# Why a join failed.
TIMEOUT = const(0)
NOT_FOUND = const(1)
WRONG_PASSWORD = const(2)
TURNED_AWAY = const(3)
NO_ADDRESS = const(4)

_WPA2 = const(3)
_TRIES = const(3)  # one refusal may be a lost frame
_POLL_MS = const(100)
_STALE_MS = const(5000)  # by then an attempt that fails has failed: not found takes 2.4 s, a handshake 3 s


class JoinError(Exception):
    """A network that was not joined; `reason` is one of the constants above."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Radio:
    """Both interfaces start inactive, whatever the chip or its SDK has kept over the reset."""

    def __init__(self):
        self._sta = network.WLAN(network.STA_IF)
        self._ap = network.WLAN(network.AP_IF)
        self._static = False
        self._scanning = False
        self._esp32 = hasattr(network, "STAT_ASSOC_FAIL")
        self._reasons = _reasons(self._esp32)
        for wlan in (self._sta, self._ap):
            if wlan.active():  # an ESP8266 opens an access point and rejoins its last network by itself
                wlan.active(False)

    def hostname(self, name):
        """What the station calls itself to the router."""
        network.hostname(name)

    def mac(self, access_point=False):
        return (self._ap if access_point else self._sta).config("mac")

    def host(self, ssid, key=""):
        """Open the access point, WPA2 with a key. The ports want it active before it is configured."""
        self._ap.active(True)
        if key:
            self._ap.config(ssid=ssid, security=_WPA2, key=key)
        else:
            self._ap.config(ssid=ssid, security=0)

    def move(self, channel):
        """Put the access point on this channel; some releases (1.24) hear it and stay where they are."""
        try:
            self._ap.config(channel=channel)
        except (OSError, RuntimeError) as e:
            log.warn("wifi", "channel", channel, e)

    def unhost(self):
        self._ap.active(False)
        if self._sta.active():  # since the first scan
            self._sta.active(False)

    async def scan(self):
        """Named networks as (ssid, bssid, channel, rssi, security): strongest first, each SSID once."""
        try:
            if not self._sta.active():
                self._sta.active(True)
                self._sta.disconnect()  # an ESP8266 starts joining what its SDK remembers
            found = await aside(self._scan)
        except (OSError, RuntimeError) as e:
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

    def _scan(self):
        self._scanning = True
        try:
            return self._sta.scan()
        finally:
            self._scanning = False

    def joined(self):
        return self._sta.isconnected()

    def address(self):
        return self._sta.ifconfig()[0]

    async def join(self, ssid, password, static, ms):
        """Join within `ms`, or raise JoinError with the likeliest reason."""
        deadline = Deadline(ms)
        while (
            self._scanning and deadline.left()
        ):  # it goes on when nobody waits for it any more, and the radio is busy
            await asyncio.sleep_ms(_POLL_MS)
        failures = 0
        known = TIMEOUT
        try:
            while True:
                stale = self._start(ssid, password, static)
                reason = await self._outcome(deadline, stale)
                if reason is None:
                    return
                failures += 1
                known = known if reason == TIMEOUT else reason  # an earlier try may have learned more
                log.info("wifi", "try", failures, "failed, status", self._sta.status())
                if failures == _TRIES or not deadline.left():
                    raise JoinError(known)
        except (OSError, RuntimeError) as e:
            log.warn("wifi", "join:", e)
            raise JoinError(TURNED_AWAY)
        finally:
            if not self._sta.isconnected():
                self.leave()

    def leave(self):
        """Stop trying, and leave the network."""
        if self._sta.active():
            try:
                self._sta.disconnect()
            except (OSError, RuntimeError):
                pass  # some states refuse it; on an ESP32 what counts is the next line
            if self._esp32:  # an ESP8266 writes its flash each time
                self._sta.active(False)

    def forget(self):
        """Overwrite the network that an ESP8266's SDK keeps in flash; an ESP32 keeps none."""
        if not self._esp32:
            try:
                self._sta.active(True)
                self._sta.connect("-")
                self._sta.disconnect()
            except OSError as e:
                log.warn("wifi", "SDK record not overwritten:", e)

    def _start(self, ssid, password, static):
        """Begin to join; returns what status() shows of an earlier failure."""
        self.leave()
        sta = self._sta
        sta.active(True)
        if self._esp32:
            sta.config(reconnects=0)  # we try again, and status() shows the raw reason
        if static:
            sta.ifconfig(tuple(static.split(",")))
        elif self._static:  # the port keeps an address of an earlier network until told
            sta.ifconfig("dhcp")  # pyright: ignore[reportArgumentType]  the stubs know the tuple only
        self._static = bool(static)
        stale = sta.status()
        if password:
            sta.connect(ssid, password)
        else:
            sta.connect(ssid)
        return stale

    async def _outcome(self, deadline, stale):
        """None once joined, else a reason. status() is only a hint: time decides.

        The port forgets a failure only when it gets an address, so a status that was there before the attempt
        counts for nothing until it has changed or the attempt must be over.
        """
        sta = self._sta
        believe = Deadline(_STALE_MS)
        while deadline.left():
            if sta.isconnected():
                return None
            status = sta.status()
            if status != stale or not believe.left():
                stale = None
                reason = self._reason(status)
                if reason is not None:
                    return reason
            await asyncio.sleep_ms(_POLL_MS)
        return NO_ADDRESS if self._associated() else TIMEOUT

    def _reason(self, status):
        """Why an attempt has failed, None while it has not; an ESP32 shows raw reason codes below 1000."""
        if self._esp32 and status < 1000:
            return self._reasons.get(status, TURNED_AWAY)
        return self._reasons.get(status)

    def _associated(self):
        try:
            return self._sta.status("rssi") < 0  # an ESP8266 answers 31 while it is not
        except OSError:
            return False


def _reasons(esp32):
    """What status() means on this port."""
    reasons = {network.STAT_NO_AP_FOUND: NOT_FOUND, network.STAT_WRONG_PASSWORD: WRONG_PASSWORD}
    if esp32:
        for code in (2, 14, 15, 204, 210, 211):  # expired, MIC, handshakes; security that does not fit
            reasons[code] = WRONG_PASSWORD
        reasons[212] = NOT_FOUND  # too weak
    else:
        reasons[network.STAT_CONNECT_FAIL] = TURNED_AWAY
    return reasons
