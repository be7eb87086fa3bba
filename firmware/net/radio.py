"""Sole owner of the station and the access point."""

import asyncio

import network
from micropython import const

from core import log
from core.clock import Deadline
from net.wait import aside

ADDRESS = "192.168.4.1"

_WPA2 = const(3)
_HOSTNAME = const(32)  # bytes; the ports raise ValueError for more
_POLL_MS = const(100)
_ROWS = const(40)  # of a scan: the rest is too weak, and takes memory


class Radio:
    """Both interfaces start inactive, whatever the chip or its SDK has kept over the reset."""

    def __init__(self):
        self.sta = network.WLAN(network.STA_IF)
        self._ap = network.WLAN(network.AP_IF)
        self._scanning = False
        self._taken = False  # join() has the station, until leave()
        # For net.station, which is in memory only while it joins:
        self.esp32 = hasattr(network, "STAT_ASSOC_FAIL")
        self.awake = False  # no modem sleep from the next join on: quicker to reach
        self.static = False
        self.kept = None  # what the SDK of an ESP8266 has in its flash
        for wlan in (self.sta, self._ap):
            if wlan.active():  # an ESP8266 opens an access point and rejoins its last network by itself
                wlan.active(False)

    def hostname(self, name):
        """What the station calls itself to the router: what DHCP allows of the name, hyphens for the rest."""
        text = "".join([char if char < "{" and (char.isalpha() or char.isdigit()) else "-" for char in name])
        text = "-".join([word for word in text.split("-") if word])[:_HOSTNAME].rstrip("-")
        if text:
            network.hostname(text)

    def mac(self, access_point=False):
        return (self._ap if access_point else self.sta).config("mac")

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
        if self.sta.active() and not self._taken:  # since the first scan
            self.sta.active(False)

    def guests(self):
        """How many phones are on the access point."""
        try:
            return len(self._ap.status("stations"))  # pyright: ignore[reportArgumentType]  a list
        except ValueError:  # an ESP8266 before 1.25 knows only whether there is one
            return int(self._ap.isconnected())
        except OSError:  # it is closed
            return 0

    async def scan(self):
        """Named networks as (ssid, bssid, channel, rssi, security): strongest first, each SSID once."""
        rows = []
        names = set()
        for row in await self.survey():
            if row[0] and row[0] not in names:
                names.add(row[0])
                rows.append(row[:5])
        return rows

    async def survey(self):
        """The port's rows (ssid, bssid, channel, rssi, security, hidden), strongest first.

        None are what a port also answers while the station is joining.
        """
        try:
            if not self.sta.active():
                self.sta.active(True)
                self.sta.disconnect()  # an ESP8266 starts joining what its SDK remembers
            found = await aside(self._scan)
        except (OSError, RuntimeError) as e:
            log.warn("wifi", "scan failed:", e)
            return []
        found.sort(key=lambda row: -row[3])
        del found[_ROWS:]
        return found

    def _scan(self):
        self._scanning = True
        try:
            return self.sta.scan()
        finally:
            self._scanning = False

    def joined(self):
        return self.sta.isconnected()

    def address(self):
        return self.sta.ifconfig()[0]

    async def join(self, ssid, password, static, ms, bssid=None, tries=3):
        """Join in time, or raise net.station's JoinError; with a BSSID only that access point will do."""
        from net import station

        deadline = Deadline(ms)
        while (
            self._scanning and deadline.left()
        ):  # a scan that nobody waits for any more keeps the radio busy
            await asyncio.sleep_ms(_POLL_MS)
        self._taken = True
        try:
            await station.join(self, ssid, password, static, deadline, bssid, tries)
        except BaseException:
            self.leave()
            raise

    def leave(self):
        """Stop trying, and leave the network."""
        self._taken = False
        self.stop()

    def stop(self):
        if self.sta.active():
            try:
                self.sta.disconnect()
            except (OSError, RuntimeError):
                pass  # some states refuse it; on an ESP32 what counts is the next line
            if self.esp32:  # an ESP8266 writes its flash each time
                self.sta.active(False)

    def forget(self):
        """Overwrite the network that an ESP8266's SDK keeps in flash; an ESP32 keeps none."""
        if not self.esp32:
            try:
                self.sta.active(True)
                self.kept = None
                self.sta.connect("-")
                self.sta.disconnect()
            except OSError as e:
                log.warn("wifi", "SDK record not overwritten:", e)
