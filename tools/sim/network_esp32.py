"""`network` of the ESP32 port, v1.24: argument names, texts and order of checks as in the record."""

import arguments as _arguments
import config_esp32 as _config
import link as _link
import radio as _radio
import wifi_esp32 as _wifi

AP_IF = _radio.AP
STA_IF = _radio.STA
AUTH_OPEN = 0
AUTH_WEP = 1
AUTH_WPA_PSK = 2
AUTH_WPA2_PSK = 3
AUTH_WPA_WPA2_PSK = 4
AUTH_WPA2_ENTERPRISE = 5
AUTH_WPA3_PSK = 6
AUTH_WPA2_WPA3_PSK = 7
AUTH_WAPI_PSK = 8
AUTH_OWE = 9
AUTH_WPA3_ENT_192 = 10
AUTH_WPA3_EXT_PSK = 11
AUTH_WPA3_EXT_PSK_MIXED_MODE = 12
AUTH_MAX = 13
MODE_11B = 1
MODE_11G = 2
MODE_11N = 4
MODE_LR = 8
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_BEACON_TIMEOUT = 200
STAT_ASSOC_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204
STAT_NO_AP_FOUND_W_COMPATIBLE_SECURITY = 210
STAT_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD = 211
STAT_NO_AP_FOUND_IN_RSSI_THRESHOLD = 212

country = _radio.country
hostname = _radio.hostname

_driver = None
_wlans = None


def _setup(mac, _):
    """Power the radio on. Called once, by the launcher."""
    global _driver, _wlans
    _driver = _wifi.Driver(mac)
    _wlans = object.__new__(WLAN), object.__new__(WLAN)
    _wlans[0]._bit, _wlans[0]._side = _wifi.MODE_STA, _driver.station
    _wlans[1]._bit, _wlans[1]._side = _wifi.MODE_AP, _driver.access_point


def _has_ip():
    return _driver.station.has_ip


def phy_mode(*args):
    _arguments.positional(args, 0, 1)  # PORT-BEHAVIOUR 1: always None


def ipconfig(*args, **kw):
    """Only the DNS server; it is the station's (record, network.ipconfig)."""
    if kw:
        for key in kw:
            if key != "dns":
                raise ValueError("unexpected key")
        _driver.station.net.dns = _radio.dotted(kw["dns"])
        return None
    if len(args) != 1:
        raise TypeError("must query one param")
    if args[0] != "dns":
        raise ValueError("unexpected key")
    return _driver.station.net.dns


class WLAN:
    IF_STA = 0
    IF_AP = 1
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2
    SEC_OPEN = 0
    SEC_WEP = 1
    SEC_WPA = 2
    SEC_WPA2 = 3
    SEC_WPA_WPA2 = 4
    SEC_WPA2_ENT = 5
    SEC_WPA3 = 6
    SEC_WPA2_WPA3 = 7
    SEC_WAPI = 8
    SEC_OWE = 9

    def __new__(cls, *args):
        _arguments.positional(args, 0, 1)
        index = _arguments.integer(args[0]) if args else 0
        if index not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        return _wlans[index]

    def __repr__(self):
        return "<WLAN>"

    def _is_sta(self):
        return self._bit == _wifi.MODE_STA

    def _require(self, bit):
        if self._bit != bit:
            raise OSError("STA required" if bit == _wifi.MODE_STA else "AP required")

    def active(self, *args):
        _arguments.positional(args, 0, 1)
        if args:
            _driver.switch(self._bit, bool(args[0]))
        return _driver.has(self._bit)

    def connect(self, *args, **kw):
        given = _arguments.parse(args, kw, ("/ssid", "/key", "*bssid"))
        station = _driver.station  # whichever object it is called on: PORT-BEHAVIOUR 1, no interface check
        if args:
            ssid, key, bssid = given.get("ssid"), given.get("key"), given.get("bssid")
            ssid = b"" if ssid is None else _arguments.text(ssid)
            key = b"" if key is None else _arguments.text(key)
            if bssid is not None:
                bssid = _arguments.text(bssid)
                if len(bssid) != 6:
                    raise ValueError()
            station.configure(ssid, key, bssid)
        station.failures = 0
        _link.hold()  # PORT-BEHAVIOUR 7: no callbacks during connect()
        try:
            station.connect()
        finally:
            _link.release()
        station.requested = True

    def disconnect(self, *args):
        _arguments.positional(args, 0, 0)
        _driver.station.requested = False
        _driver.station.disconnect()

    def isconnected(self, *args):
        _arguments.positional(args, 0, 0)
        _link.serve(0)  # so that `while not wlan.isconnected(): pass` ends
        return self._side.has_ip if self._is_sta() else bool(self._side.stations)

    def status(self, *args):
        _arguments.positional(args, 0, 1)
        _link.serve(0)
        if not args:
            return _driver.station.status() if self._is_sta() else None
        if args[0] == "stations":
            self._require(_wifi.MODE_AP)
            if not _driver.has(_wifi.MODE_AP):
                raise OSError(_wifi.INTERNAL_ERROR)
            return [(mac,) for mac in self._side.stations]
        if args[0] == "rssi":
            self._require(_wifi.MODE_STA)
            if not _driver.started:
                raise OSError(_wifi.INTERNAL_ERROR)
            if not self._side.associated:
                raise OSError(_wifi.NOT_CONNECTED)
            return self._side.associated["rssi"]
        raise ValueError("unknown status param")

    def scan(self, *args):
        _arguments.positional((self,) + args, 1, 1)
        if not _driver.mode & _wifi.MODE_STA:
            raise OSError("STA must be active")
        if not _driver.started or _driver.station.connecting:
            return []  # PORT-BEHAVIOUR 1, scan(): any driver failure
        rows = []
        for ssid, bssid, channel, rssi, security, _ in _radio.scan():
            rows.append((bytes.fromhex(ssid), bytes.fromhex(bssid), channel, rssi, security, False))
        return rows

    def ifconfig(self, *args):
        _arguments.positional(args, 0, 1)
        net = self._side.net
        if not args:
            return net.tuple()
        if isinstance(args[0], str):
            if args[0] != "dhcp" or not self._is_sta():
                raise ValueError("invalid arguments")
            self._side.use_dhcp()
            return None
        values = _radio.four(args[0])
        if self._is_sta():
            self._side.static(values)
            return None
        net.address, net.mask, net.gateway = values[:3]
        if values[3] == "0.0.0.0":
            raise RuntimeError("Wifi Unknown Error 0x5001")  # record: the address is set, this DNS is refused
        net.dns = values[3]

    def ipconfig(self, *args, **kw):
        if kw:
            for key, value in kw.items():
                self._set_ip(key, value)
            return None
        if len(args) != 1:
            raise TypeError("must query one param")
        net = self._side.net
        if args[0] == "addr4":
            return net.address, net.mask
        if args[0] == "gw4":
            return net.gateway
        if args[0] == "dhcp4" and self._is_sta():
            # It is the DHCP client's state: record, False before the radio is on and with a static address.
            return net.dhcp and _driver.has(_wifi.MODE_STA)
        raise ValueError("unexpected key")

    def _set_ip(self, key, value):
        net = self._side.net
        address, mask, gateway = net.address, net.mask, net.gateway
        if key == "dhcp4" and self._is_sta():
            if value:
                self._side.use_dhcp()
            else:
                net.dhcp = False
            return
        if key == "addr4":
            if isinstance(value, str):
                address, _, bits = value.partition("/")
                value = address, int(bits) if bits else 32
            address, mask = _radio.dotted(value[0]), _radio.mask(value[1])
        elif key == "gw4":
            gateway = _radio.dotted(value)
        else:
            raise ValueError("unexpected key")
        if self._is_sta():
            self._side.static((address, mask, gateway, net.dns))
        else:
            net.address, net.mask, net.gateway = address, mask, gateway

    def config(self, *args, **kw):
        if args and kw:
            raise TypeError("either pos or kw args are allowed")
        if kw:
            return _config.put(_driver, self._side, kw)
        if len(args) != 1:
            raise TypeError("can query only one param")
        return _config.get(_driver, self._side, args[0])
