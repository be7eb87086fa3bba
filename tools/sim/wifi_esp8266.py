"""The vendor's SDK of the ESP8266: it reconnects by itself, and remembers across resets and power cuts."""

import link
import radio

IDLE = 0
CONNECTING = 1
WRONG_PASSWORD = 2
NO_AP_FOUND = 3
CONNECT_FAIL = 4
GOT_IP = 5


class Sdk:
    """The vendor's SDK: operating mode and configurations live in its own flash sectors."""

    def __init__(self, mac, remembered):
        self.macs = [mac, bytes((mac[0] | 2,)) + mac[1:]]
        self.kept = remembered or {
            # X/modules/inisetup.py:6, first boot: the access point is on.
            "mode": 2,
            "sta": ["", ""],
            "ap": ["MicroPython-" + self.macs[1][3:].hex(), "micropythoN", 4, False, 1],
        }
        self.station_net = radio.Interface()
        self.ap_net = radio.Interface("192.168.4.1", "255.255.255.0", "192.168.4.1")
        self.associated = None
        self.status = IDLE
        self.phy_mode = 3
        self.sleep_type = 2
        self.bssid = None
        self.attempt = 0  # number of the last join; the world's events carry it back
        self.stations = []
        link.handlers["sta_connected"] = self._connected
        link.handlers["sta_ip"] = self._leased
        link.handlers["sta_disconnected"] = self._disconnected
        link.handlers["sta_settled"] = lambda _: None
        link.handlers["stations"] = self._present

    def boot(self):
        """PORT-BEHAVIOUR 1: opmode and credentials persist, the SDK reconnects at boot."""
        link.send({"do": "radio", "sta": bool(self.mode() & 1), "ap": bool(self.mode() & 2), "quiet": True})
        if self.mode() & 2:
            self.announce()
        if self.mode() & 1 and self.kept["sta"][0]:
            self.join()

    def mode(self):
        return self.kept["mode"]

    def keep(self):
        link.send({"do": "keep", "sdk": self.kept})

    def switch(self, bit, on):
        wanted = self.mode() | bit if on else self.mode() & ~bit
        if wanted == self.mode():
            return
        self.kept["mode"] = wanted
        self.keep()
        radio.switch(bool(wanted & 1), bool(wanted & 2))
        if bit == 2:
            if on:
                self.announce()
            else:
                self.stations = []
        elif not on:
            self.drop()
        elif self.kept["sta"][0]:
            self.join()

    def announce(self):
        ssid, _, security, hidden, _ = self.kept["ap"]
        link.send({"do": "ap", "ssid": ssid.encode().hex(), "security": security, "hidden": hidden})

    def join(self):
        self.drop()  # PORT-BEHAVIOUR 1, connect while connecting: no error
        self.status = CONNECTING
        self._try()

    def _try(self):
        ssid, key = self.kept["sta"]
        self.attempt += 1
        link.send({"do": "join", "try": self.attempt, "ssid": ssid, "key": key, "bssid": self.bssid})

    def drop(self):
        self.status = IDLE
        self.attempt += 1  # what the world still says about the old one is late
        self.associated = None
        if self.station_net.dhcp:
            self.station_net.clear()
        link.send({"do": "leave"})

    def _connected(self, message):
        if message["try"] != self.attempt:
            return
        self.associated = message
        if not self.station_net.dhcp:
            self.status = GOT_IP

    def _leased(self, message):
        if self.associated and self.station_net.dhcp:
            self.station_net.lease(message)
            self.status = GOT_IP

    def _disconnected(self, message):
        if message["try"] != self.attempt:
            return
        self.associated = None
        if self.station_net.dhcp:
            self.station_net.clear()
        reason = message["reason"]
        # The SDK goes on trying, and the failure shows meanwhile [I].
        if reason in (2, 14, 15, 202, 204):
            self.status = WRONG_PASSWORD
        elif reason in (201, 210, 211, 212):
            self.status = NO_AP_FOUND
        elif reason == 200:
            self.status = CONNECTING
        else:
            self.status = CONNECT_FAIL
        self._try()

    def _present(self, message):
        self.stations = [bytes.fromhex(mac) for mac in message["macs"]]
