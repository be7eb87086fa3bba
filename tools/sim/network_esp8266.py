"""`network` of the ESP8266 port: argument names, texts and order of checks (PORT-BEHAVIOUR 1)."""

import arguments as _arguments
import link as _link
import radio as _radio
import wifi_esp8266 as _wifi

AP_IF = _radio.AP
STA_IF = _radio.STA
STAT_IDLE = _wifi.IDLE
STAT_CONNECTING = _wifi.CONNECTING
STAT_WRONG_PASSWORD = _wifi.WRONG_PASSWORD
STAT_NO_AP_FOUND = _wifi.NO_AP_FOUND
STAT_CONNECT_FAIL = _wifi.CONNECT_FAIL
STAT_GOT_IP = _wifi.GOT_IP
MODE_11B = 1
MODE_11G = 2
MODE_11N = 3
AUTH_OPEN = 0
AUTH_WEP = 1
AUTH_WPA_PSK = 2
AUTH_WPA2_PSK = 3
AUTH_WPA_WPA2_PSK = 4

country = _radio.country
hostname = _radio.hostname

_sdk = None
_wlans = None


def _setup(mac, remembered):
    """Power the radio on, with what the SDK kept in flash. Called once, by the launcher."""
    global _sdk, _wlans
    _sdk = _wifi.Sdk(mac, remembered)
    _wlans = object.__new__(WLAN), object.__new__(WLAN)
    for index in (0, 1):
        _wlans[index]._index = index
        _wlans[index]._net = (_sdk.station_net, _sdk.ap_net)[index]
    _sdk.boot()


def _has_ip():
    return _sdk.status == STAT_GOT_IP


def phy_mode(*args):
    _arguments.positional(args, 0, 1)
    if not args:
        return _sdk.phy_mode
    _sdk.phy_mode = _arguments.integer(args[0])


def ipconfig(*args, **kw):
    if kw:
        for key in kw:
            if key != "dns":
                raise ValueError("unexpected key")
        _sdk.station_net.dns = _radio.dotted(kw["dns"])
        return None
    if len(args) != 1:
        raise TypeError("must query one param")
    if args[0] != "dns":
        raise ValueError("unexpected key")
    return _sdk.station_net.dns


class WLAN:
    IF_STA = 0
    IF_AP = 1
    PM_NONE = 0
    PM_PERFORMANCE = 2
    PM_POWERSAVE = 1

    def __new__(cls, *args):
        _arguments.positional(args, 0, 1)
        index = _arguments.integer(args[0]) if args else 0
        if index not in (0, 1):
            raise ValueError()
        return _wlans[index]

    def __repr__(self):
        return "<WLAN>"

    def _require(self, index):
        if self._index != index:
            raise OSError("AP required" if index else "STA required")

    def active(self, *args):
        _arguments.positional(args, 0, 1)
        if not args:
            return bool(_sdk.mode() & (1 << self._index))
        _sdk.switch(1 << self._index, _arguments.integer(args[0]) != 0)

    def connect(self, *args, **kw):
        given = _arguments.parse(args, kw, ("/ssid", "/key", "*bssid"))
        self._require(0)
        ssid, key, bssid = given.get("ssid"), given.get("key"), given.get("bssid")
        if ssid is not None or key is not None or bssid is not None:
            ssid = b"" if ssid is None else _arguments.text(ssid)
            key = b"" if key is None else _arguments.text(key)
            if bssid is not None and len(_arguments.text(bssid)) != 6:
                raise ValueError()
            if not _sdk.mode() & 1:
                raise OSError("Cannot set STA config")
            _sdk.kept["sta"] = [ssid[:32].hex(), key[:64].hex()]
            _sdk.bssid = bssid and bssid.hex()
            _sdk.keep()
        if not _sdk.mode() & 1:
            raise OSError("Cannot connect to AP")
        _sdk.join()

    def disconnect(self, *args):
        _arguments.positional(args, 0, 0)
        self._require(0)
        if not _sdk.mode() & 1:
            raise OSError("Cannot disconnect from AP")
        _sdk.drop()

    def isconnected(self, *args):
        _arguments.positional(args, 0, 0)
        _link.serve(0)  # so that `while not wlan.isconnected(): pass` ends
        return bool(_sdk.stations) if self._index else _sdk.status == STAT_GOT_IP

    def status(self, *args):
        _arguments.positional(args, 0, 1)
        _link.serve(0)
        if not args:
            return -1 if self._index else _sdk.status
        if args[0] == "rssi" and not self._index:
            return _sdk.associated["rssi"] if _sdk.associated else 31
        if args[0] == "stations":
            self._require(1)
            return [(mac, "192.168.4.2") for mac in _sdk.stations]
        raise ValueError("unknown status param")

    def scan(self, *args):
        _arguments.positional((self,) + args, 1, 1)
        self._require(0)
        if not _sdk.mode() & 1:
            raise OSError("STA must be active")
        rows = []
        for ssid, bssid, channel, rssi, security, hidden in _radio.scan():
            rows.append((bytes.fromhex(ssid), bytes.fromhex(bssid), channel, rssi, security, int(hidden)))
        return rows

    def ifconfig(self, *args):
        _arguments.positional(args, 0, 1)
        if not args:
            return self._net.tuple()
        if isinstance(args[0], str) and args[0] == "dhcp":
            self._require(0)
            self._use_dhcp()
            return None
        self._static(_radio.four(args[0]))

    def _static(self, values):
        net = self._net
        net.address, net.mask, net.gateway, net.dns = values
        if not self._index:
            net.dhcp = False
            if _sdk.associated:
                _sdk.status = STAT_GOT_IP

    def _use_dhcp(self):
        if not self._net.dhcp:
            self._net.dhcp = True
            if _sdk.associated:
                _link.send({"do": "lease"})

    def ipconfig(self, *args, **kw):
        net = self._net
        if kw:
            for key, value in kw.items():
                self._set_ip(key, value)
            return None
        if len(args) != 1:
            raise TypeError("must query one param")
        if args[0] == "addr4":
            return net.address, net.mask
        if args[0] == "gw4":
            return net.gateway
        if args[0] == "dhcp4":
            return net.dhcp
        raise ValueError("unexpected key")

    def _set_ip(self, key, value):
        net = self._net
        if key == "dhcp4":
            if value:
                self._use_dhcp()
            else:
                net.dhcp = False
        elif key == "addr4":
            if isinstance(value, str):
                address, _, bits = value.partition("/")
                value = address, int(bits) if bits else 32
            self._static((_radio.dotted(value[0]), _radio.mask(value[1]), net.gateway, net.dns))
        elif key == "gw4":
            self._static((net.address, net.mask, _radio.dotted(value), net.dns))
        else:
            raise ValueError("unexpected key")

    def config(self, *args, **kw):
        if args and kw:
            raise TypeError("either pos or kw args are allowed")
        if kw:
            return self._configure(kw)
        if len(args) != 1:
            raise TypeError("can query only one param")
        return self._get(args[0])

    def _get(self, key):
        if key == "mac":
            return _sdk.macs[self._index]
        if key in ("ssid", "essid"):
            return _sdk.kept["ap"][0] if self._index else bytes.fromhex(_sdk.kept["sta"][0]).decode()
        if key == "channel":
            if self._index:
                return _sdk.kept["ap"][4]
            return _sdk.associated["channel"] if _sdk.associated else 1
        if key == "protocol":
            return _sdk.phy_mode
        if key == "pm":
            return _sdk.sleep_type
        if key in ("hostname", "dhcp_hostname"):
            self._require(0)
            return hostname()
        if key in ("hidden", "security", "authmode"):
            self._require(1)
            return _sdk.kept["ap"][3 if key == "hidden" else 2]
        raise ValueError("unknown config param")

    def _configure(self, wanted):
        for key in wanted:
            if key not in _KEYS:
                raise ValueError("unknown config param")
        draft = list(_sdk.kept["ap"])
        for key in _KEYS:
            if key in wanted:
                self._set(key, wanted[key], draft)
        if not self._index:
            return
        if not _sdk.mode() & 2 or (draft[2] and len(draft[1]) < 8):
            raise OSError("can't set AP config")  # PORT-BEHAVIOUR 1, before active
        _sdk.kept["ap"] = draft
        _sdk.keep()
        _sdk.announce()

    def _set(self, key, value, draft):
        if key == "mac":
            if len(value) != 6:
                raise ValueError("invalid buffer length")
            _sdk.macs[self._index] = bytes(value)
        elif key in ("hostname", "dhcp_hostname"):
            hostname(value)
        elif key == "protocol":
            _sdk.phy_mode = _arguments.integer(value)
        elif key == "pm":
            _sdk.sleep_type = _arguments.integer(value)
        elif key == "channel":
            draft[4] = _arguments.integer(value)
        elif key != "txpower":
            self._require(1)
            if key in ("ssid", "essid"):
                draft[0] = _arguments.text(value)[:32].decode()
            elif key in ("key", "password"):
                draft[1] = _arguments.text(value)[:63].decode()
            elif key == "hidden":
                draft[3] = bool(value)
            else:
                draft[2] = _arguments.integer(value)


# In the order they are applied: of two names for one thing the later wins.
_KEYS = (
    "mac",
    "protocol",
    "pm",
    "txpower",
    "dhcp_hostname",
    "hostname",
    "channel",
    "ssid",
    "essid",
    "hidden",
    "security",
    "authmode",
    "key",
    "password",
)
