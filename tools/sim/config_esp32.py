"""`WLAN.config()` of the ESP32 port: which keys, on which interface, in which order things are refused."""

import radio
from arguments import integer, text
from wifi_esp32 import INVALID_MAC, INVALID_MODE, MODE_STA, NOT_STARTED, invalid_argument

_AP_KEYS = ("hidden", "security", "authmode")
_STA_KEYS = ("hostname", "dhcp_hostname", "reconnects")


def _require(driver, side, sta):
    if (side is driver.station) != sta:
        raise OSError("STA required" if sta else "AP required")


def get(driver, side, key):
    """PORT-BEHAVIOUR 1, config() get; neither a password nor a BSSID can be read."""
    if key == "mac":
        return side.mac
    if key in ("ssid", "essid"):
        return (side.essid() if side is driver.station else side.name()).decode()
    if key == "channel":
        return driver.channel()
    if key == "protocol":
        return driver.protocol
    if key == "pm":
        return driver.pm
    if key == "max_clients":
        return driver.access_point.max_clients
    if key == "txpower":
        if not driver.started:
            raise OSError(NOT_STARTED)
        return driver.power / 4
    if key in _STA_KEYS:
        _require(driver, side, True)
        return side.limit - 1 if key == "reconnects" else radio.hostname()
    if key in _AP_KEYS:
        _require(driver, side, False)
        return side.hidden if key == "hidden" else side.authmode
    raise ValueError("unknown config param")


def put(driver, side, wanted):
    """Set every key of `wanted`; nothing is applied when one of them is unknown (record, surprise 3)."""
    # A Python function cannot see the order of its keywords.
    for key in wanted:
        if key not in _NAMES:
            raise ValueError("unknown config param")
    draft = None if side is driver.station else side.draft()
    for key, setter in _SETTERS:
        if key in wanted:
            setter(driver, side, wanted[key], draft)
    if draft:
        side.store(draft)
    elif not driver.mode & MODE_STA:
        raise OSError(INVALID_MODE)  # after all of it was applied: record, s.config(reconnects=3) when fresh


def _mac(driver, side, value, _):
    if len(value) != 6:
        raise ValueError("invalid buffer length")
    if value[0] & 1:
        raise OSError(INVALID_MAC)
    side.mac = bytes(value)


def _protocol(driver, side, value, _):
    driver.protocol = integer(value)


def _pm(driver, side, value, _):
    driver.pm = integer(value)


def _txpower(driver, side, value, _):
    if not driver.started:
        raise OSError(NOT_STARTED)
    driver.set_power(value)


def _hostname(driver, side, value, _):
    radio.hostname(value)


def _channel(driver, side, value, draft):
    value = integer(value)
    if draft:
        draft["channel"] = value
    elif driver.mode & MODE_STA and not 1 <= value <= 13:
        raise invalid_argument()


def _reconnects(driver, side, value, _):
    value = integer(value)
    _require(driver, side, True)
    side.limit = 0 if value == -1 else value + 1 & 255  # an uint8: 255 is for ever, too


def _ssid(driver, side, value, draft):
    value = text(value)[:32]
    _require(driver, side, False)
    draft["ssid"][: len(value)] = value
    draft["ssid_len"] = len(value)


def _key(driver, side, value, draft):
    value = text(value)
    _require(driver, side, False)
    draft["key"] = value[:63]


def _authmode(driver, side, value, draft):
    value = integer(value)
    _require(driver, side, False)
    draft["authmode"] = value


def _hidden(driver, side, value, draft):
    _require(driver, side, False)
    draft["hidden"] = bool(value)


def _max_clients(driver, side, value, draft):
    value = integer(value)
    _require(driver, side, False)
    draft["max_clients"] = value


# (key, setter), in the order they are applied: of two names for one thing the later wins.
_SETTERS = (
    ("mac", _mac),
    ("protocol", _protocol),
    ("pm", _pm),
    ("txpower", _txpower),
    ("dhcp_hostname", _hostname),
    ("hostname", _hostname),
    ("channel", _channel),
    ("reconnects", _reconnects),
    ("ssid", _ssid),
    ("essid", _ssid),
    ("hidden", _hidden),
    ("security", _authmode),
    ("authmode", _authmode),
    ("key", _key),
    ("password", _key),
    ("max_clients", _max_clients),
)
_NAMES = [name for name, _ in _SETTERS]
