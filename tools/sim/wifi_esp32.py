"""The Wi-Fi driver of ESP-IDF as MicroPython sees it: modes, configurations, and when it refuses what."""

import link
import radio

MODE_STA, MODE_AP = 1, 2

# PORT-BEHAVIOUR 1, IDF code -> text.
NOT_STARTED = "Wifi Not Started"
INVALID_MODE = "Wifi Invalid Mode"
INTERNAL_ERROR = "Wifi Internal Error"
INVALID_MAC = "Wifi Invalid MAC Address"
SSID_INVALID = "Wifi SSID Invalid"
INVALID_PASSWORD = "Wifi Invalid Password"
NOT_CONNECTED = "Wifi Not Connected"

_ASSOC_LEAVE = 8
_POWERS = (8, 20, 28, 34, 44, 52, 56, 60, 66, 72, 78)  # quarter dBm
_AUTHMODES = (0, 2, 3, 4, 6, 7)  # record, ap.config(authmode=1): 0x0102; 2, 3, 4, 6, 7 need a key


def invalid_argument():
    return RuntimeError("Wifi Unknown Error 0x0102")


class Station:
    """The station: its configuration, the association, and MicroPython's event handler."""

    def __init__(self, driver, mac):
        self.driver = driver
        self.mac = mac
        self.config = bytearray(96)  # 32 bytes of SSID, 64 of key: C text runs from one into the other
        self.bssid = None
        self.net = radio.Interface()
        self.associated = None  # what the access point told: bssid, channel, rssi
        self.connecting = False
        self.attempt = 0  # number of the last join; the world's events carry it back
        self.has_ip = False
        self.requested = False
        self.reason = 0  # cleared by an IP address only: PORT-BEHAVIOUR 1, traps
        self.limit = 0  # reconnects + 1, 0 for ever: PORT-BEHAVIOUR 1, Reconnect
        self.failures = 0
        link.handlers["sta_connected"] = self._connected
        link.handlers["sta_ip"] = self._leased
        link.handlers["sta_disconnected"] = self._disconnected
        link.handlers["sta_settled"] = self._settled

    def essid(self):
        end = self.config.find(b"\0")
        return bytes(self.config if end < 0 else self.config[:end])

    def configure(self, ssid, key, bssid):
        """esp_wifi_set_config(): cuts at 32 and 64 bytes, checks no lengths (record, surprise 7)."""
        if not self.driver.mode & MODE_STA:
            raise OSError(INVALID_MODE)
        ssid, key = ssid[:32], key[:64]
        self.config = bytearray(96)
        self.config[: len(ssid)] = ssid
        self.config[32 : 32 + len(key)] = key
        self.bssid = bssid

    def connect(self):
        """esp_wifi_connect(): record, surprises 4 and 6."""
        if not self.driver.started:
            raise OSError(NOT_STARTED)
        if not self.driver.mode & MODE_STA:
            raise OSError(INVALID_MODE)
        if not self.config[0]:
            raise OSError(SSID_INVALID)
        if self.connecting:
            raise OSError(INTERNAL_ERROR)
        self._join()

    def _join(self):
        self.connecting = True
        ssid = bytes(self.config[:32]).rstrip(b"\0")
        key = bytes(self.config[32:]).rstrip(b"\0")
        bssid = self.bssid and self.bssid.hex()
        self.attempt += 1
        link.send({"do": "join", "try": self.attempt, "ssid": ssid.hex(), "key": key.hex(), "bssid": bssid})

    def disconnect(self):
        if not self.driver.started:
            raise OSError(NOT_STARTED)
        if not self.driver.mode & MODE_STA:
            raise RuntimeError("Wifi Unknown Error 0xffffffff")  # record: ap.disconnect()
        self.connecting = False
        link.send({"do": "leave"})

    def stopped(self):
        """The interface goes down. What was connected then reads 1000 (record, "active(False)").

        Whether an earlier failure is forgotten too the record does not show, and the port's source says no.
        """
        if self.associated:
            self.reason = _ASSOC_LEAVE
        self.connecting = self.has_ip = False
        self.associated = None
        self.net.clear()

    def _connected(self, message):
        if message["try"] == self.attempt:
            self.connecting = False
            self.associated = message
            if not self.net.dhcp:
                self._online()

    def _leased(self, message):
        if self.associated and self.net.dhcp:
            self.net.lease(message)
            self._online()

    def _online(self):
        self.has_ip = True
        self.reason = 0

    def _settled(self, message):
        if message["try"] == self.attempt:
            self.connecting = False

    def _disconnected(self, message):
        late = message["try"] != self.attempt
        if late and message["reason"] != _ASSOC_LEAVE:
            return
        self.reason = message["reason"]
        self.has_ip = False
        self.associated = None
        if self.net.dhcp:
            self.net.clear()
        if late:
            return  # the end of a connection that disconnect() gave up; the next connect() is under way
        self.connecting = False
        if not self.requested or not self.driver.mode & MODE_STA:
            return
        if self.limit:
            self.failures += 1
            if self.failures >= self.limit:
                return
        if self.driver.started:
            self._join()

    def static(self, values):
        net = self.net
        net.address, net.mask, net.gateway, net.dns = values
        net.dhcp = False
        if self.associated:
            self._online()

    def use_dhcp(self):
        if not self.net.dhcp:
            self.net.dhcp = True
            if self.associated:
                link.send({"do": "lease"})

    def status(self):
        """PORT-BEHAVIOUR 1, ESP32 mapping order."""
        if self.has_ip:
            return 1010
        if self.reason in (201, 210, 211, 212):
            return self.reason
        if self.reason in (202, 205):
            return 202
        if self.reason == _ASSOC_LEAVE:
            return 1000
        if self.requested and (not self.limit or self.failures < self.limit):
            return 1001
        return self.reason or 1000


ap_channel = False  # v1.24 takes the access point's channel and does not use it (record, surprise 1)


class AccessPoint:
    """The soft access point's configuration, field by field as C keeps it."""

    def __init__(self, mac):
        self.mac = mac
        self.ssid = bytearray(32)
        name = "ESP_{:02X}{:02X}{:02X}".format(*mac[3:])
        self.ssid[: len(name)] = name.encode()
        self.ssid_len = len(name)
        self.key = b""
        self.authmode = 0
        self.channel = 1
        self.hidden = False
        self.max_clients = 10
        self.net = radio.Interface("192.168.4.1", "255.255.255.0", "192.168.4.1")
        self.stations = []
        link.handlers["stations"] = self._present

    def _present(self, message):
        self.stations = [bytes.fromhex(mac) for mac in message["macs"]]

    def name(self):
        return bytes(self.ssid[: self.ssid_len])

    def draft(self):
        """A copy to change; nothing counts before store()."""
        return {
            "ssid": bytearray(self.ssid),
            "ssid_len": self.ssid_len,
            "key": self.key,
            "authmode": self.authmode,
            "channel": self.channel,
            "hidden": self.hidden,
            "max_clients": self.max_clients,
        }

    def store(self, draft):
        """esp_wifi_set_config(). A refused key leaves the new authmode behind (record, surprise 2)."""
        if draft["authmode"] not in _AUTHMODES or not 1 <= draft["channel"] <= 13:
            raise invalid_argument()
        self.authmode = draft["authmode"]
        if self.authmode and len(draft["key"]) < 8:
            raise OSError(INVALID_PASSWORD)
        # No length given: C counts up to the NUL, so an old, longer SSID shows through (record, essid='').
        self.ssid = draft["ssid"]
        self.ssid_len = draft["ssid_len"] or (self.ssid + b"\0").find(b"\0")
        if ap_channel:
            self.channel = draft["channel"]
        self.key, self.hidden = draft["key"], draft["hidden"]
        self.max_clients = min(draft["max_clients"] & 255, 10)
        self.announce()

    def announce(self):
        link.send(
            {
                "do": "ap",
                "ssid": self.name().hex(),
                "security": self.authmode,
                "hidden": self.hidden,
                "channel": self.channel,
            }
        )


class Driver:
    """esp_wifi: one radio, two interfaces."""

    def __init__(self, mac):
        self.mode = MODE_AP  # what it answers before the first active(): AP works, the station is refused
        self.started = False
        self.pm = 1
        self.protocol = 7
        self.power = 78  # quarter dBm
        self.station = Station(self, mac)
        self.access_point = AccessPoint(mac[:5] + bytes((mac[5] + 1 & 255,)))

    def channel(self):
        """0 while it is off (record, config('channel'))."""
        if not self.started:
            return 0
        return self.station.associated["channel"] if self.station.associated else self.access_point.channel

    def has(self, bit):
        return self.started and bool(self.mode & bit)

    def switch(self, bit, on):
        """active(): the last interface to go stops the radio, the mode stays (record, scan() after it)."""
        mode = self.mode if self.started else 0
        wanted = mode | bit if on else mode & ~bit
        if wanted == mode:
            return
        self.started = wanted != 0
        if wanted:
            self.mode = wanted
        radio.switch(bool(wanted & MODE_STA), bool(wanted & MODE_AP))
        if bit == MODE_STA:
            if on:
                self.station.failures = 0
            else:
                self.station.stopped()
        elif on:
            self.access_point.announce()
        else:
            self.access_point.stations = []

    def set_power(self, dbm):
        # IDF knows these levels only; it takes the next lower one (record: 8 reads as 7.0).
        wanted = max(int(dbm * 4), _POWERS[0])
        self.power = max([level for level in _POWERS if level <= wanted])
