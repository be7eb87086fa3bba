"""Raw request fields -> checked credentials, or an error that names the field."""

from micropython import const

_TOKEN = const(32)
_CLAIM = const(8)
_HOST = const(128)
_TIME = 10  # digits, until the year 2286


class FormError(Exception):
    """A field that cannot be used."""

    def __init__(self, field, problem):
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


class Form:
    """What a phone asked for: ssid and password as bytes, time as Unix seconds or 0, the rest as text.

    kept: no token is needed.
    """

    def __init__(self, fields, kept=False):
        interface = fields.get("if", b"wifi")
        if interface != b"wifi":
            raise FormError("if", "this device has Wi-Fi only")
        self.ssid = fields.get("ssidManual", b"")
        self.hidden = bool(self.ssid)  # typed by hand because no scan shows it
        self.ssid = self.ssid or fields.get("ssid", b"")
        if not 1 <= len(self.ssid) <= 32:
            raise FormError("ssid", "1 to 32 bytes, got {}".format(len(self.ssid)))
        self.password = fields.get("pass", b"")
        _check_password(self.password)
        self.claim = _claim(fields.get("claim", b""))
        token = fields.get("blynk", b"")
        self.token = "" if self.claim or (kept and not token) else _token(token)
        self.server = _text(fields, "host", _HOST)
        self.static = _static(fields)
        time = fields.get("time", b"")
        self.time = int(time) if len(time) <= _TIME and time.isdigit() else 0


def _check_password(password):
    size = len(password)
    if size == 64:
        for digit in password:
            if digit not in b"0123456789abcdefABCDEF":
                raise FormError("pass", "64 characters are a key: hex digits only")
    elif size and not 8 <= size <= 63:
        raise FormError("pass", "8 to 63 characters or 64 hex digits, got {}".format(size))


def _token(value):
    if len(value) != _TOKEN:
        raise FormError("blynk", "a token has 32 characters, got {}".format(len(value)))
    for char in value:
        if not (48 <= char <= 57 or 65 <= char <= 90 or 97 <= char <= 122 or char in b"-_"):
            raise FormError("blynk", "a token has letters, digits, - and _ only")
    return value.decode()


def _claim(value):
    """The code as the cloud wrote it: people add spaces and hyphens and ignore case."""
    if not value:
        return ""
    code = "".join([chr(char) for char in value if char not in b" -"]).upper()
    if len(code) != _CLAIM:
        raise FormError("claim", "a claim code has 8 characters, got {}".format(len(code)))
    for char in code:
        if not ("0" <= char <= "9" or "A" <= char <= "Z"):
            raise FormError("claim", "a claim code has letters and digits only")
    return code


def _text(fields, name, most):
    value = fields.get(name, b"")
    if len(value) > most:
        raise FormError(name, "at most {} characters".format(most))
    for char in value:
        if not 33 <= char <= 126:
            raise FormError(name, "letters, digits and punctuation only")
    return value.decode()


def _static(fields):
    """ "ip,mask,gateway,dns", or "" for DHCP. All of the first three or none."""
    names = ("ip", "mask", "gw")
    parts = [_text(fields, name, 15) for name in names]
    if not any(parts):
        return ""
    ip, mask, gateway = [_address(name, part) for name, part in zip(names, parts)]
    hosts = ~mask & 0xFFFFFFFF
    if hosts & (hosts + 1) or hosts < 3:
        raise FormError("mask", "a mask like 255.255.255.0")
    if ip & hosts in (0, hosts):
        raise FormError("ip", "not an address of a single device in its network")
    if (ip ^ gateway) & mask or gateway & hosts in (0, hosts) or gateway == ip:
        raise FormError("gw", "another address in the same network as ip")
    dns = _text(fields, "dns", 15) or _text(fields, "dns2", 15) or parts[2]
    _address("dns", dns)
    return ",".join(parts + [dns])


def _address(name, text):
    """A dotted address as a number."""
    numbers = text.split(".")
    value = 0
    for number in numbers:
        if not number.isdigit() or len(number) > 3 or int(number) > 255:
            value = 0
            break
        value = value << 8 | int(number)
    if len(numbers) != 4 or not value:
        raise FormError(name, "an address like 192.168.1.20")
    return value
