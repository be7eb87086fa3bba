"""The radio world: which access points are in the air, read from a TOML file that may change at any time."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path

from firstlight.errors import UserError
from firstlight.net import host_port, reason

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What scan() calls them; PORT-BEHAVIOUR 1, authmodes.
SECURITY = {
    "OPEN": 0,
    "WEP": 1,
    "WPA": 2,
    "WPA2": 3,
    "WPA/WPA2": 4,
    "WPA2-ENTERPRISE": 5,
    "WPA3": 6,
    "WPA2/WPA3": 7,
}


@dataclass(frozen=True)
class AccessPoint:
    """One access point in the air.

    password: the passphrase, or the key as 64 hex digits.
    refuses: 0, or the 802.11 or IDF reason code with which every station is turned away.
    unit: tells access points of one SSID and channel apart.
    """

    ssid: bytes
    password: str = ""
    channel: int = 1
    rssi: int = -50
    security: str = ""
    hidden: bool = False
    dhcp: bool = True
    internet: bool = True
    refuses: int = 0
    unit: int = 0

    @property
    def bssid(self) -> bytes:
        """A locally administered address that belongs to SSID, channel and unit."""
        unit = bytes([self.unit] if self.unit else [])
        return b"\x02" + hashlib.sha256(self.ssid + bytes([self.channel]) + unit).digest()[:5]

    @property
    def authmode(self) -> int:
        """The port's number for the security."""
        return SECURITY[self.security]

    def accepts(self, key: bytes) -> bool:
        """Whether a station with this key gets in (a 64-digit key is the passphrase, already hashed)."""
        password = self.password.encode()
        return key == password or _psk(key, self.ssid) == _psk(password, self.ssid)


def _psk(password: bytes, ssid: bytes) -> bytes:
    if len(password) == 64:
        return password.lower()
    return hashlib.pbkdf2_hmac("sha1", password, ssid, 4096, 32).hex().encode()


@dataclass(frozen=True)
class World:
    """Everything on the air.

    scale: multiplies the radio's waiting times; names: answers of its DNS; lookup: seconds that each takes.
    """

    access_points: tuple[AccessPoint, ...] = ()
    scale: float = 1.0
    names: dict[str, tuple[str, int]] = field(default_factory=dict)
    lookup: float = 0.0


def parse(text: str, source: str) -> World:
    """Read a world from TOML. `source` names it in errors.

    Raises UserError with source, table and key for what is not understood.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{source}: {error}") from None
    unknown = set(document) - {"access_point", "timing", "names"}
    if unknown:
        raise UserError(
            f"{source}: {min(unknown)!r} is unknown; there are [[access_point]], [timing] and [names]"
        )
    tables = document.get("access_point", [])
    if not isinstance(tables, list):
        raise UserError(f"{source}: access_point: write [[access_point]], with two brackets")
    points = tuple(_access_point(table, f"{source}: access_point {at}") for at, table in enumerate(tables, 1))
    scale, lookup = _timing(document.get("timing", {}), f"{source}: timing")
    return World(points, scale, _names(document, source), lookup)


def load(path: Path) -> World:
    """Read a world file. Raises UserError when it cannot be read or understood."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--world: cannot read {path} ({reason(error)}); name a TOML file") from None
    return parse(text, str(path))


class WorldFile:
    """A world file and the wish to know when it changes."""

    def __init__(self, path: Path) -> None:
        """Read it for the first time. Raises UserError."""
        self._path = path
        self._stamp = self._stat()
        self.world = load(path)

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def changed(self) -> bool:
        """Look at the file; when it has another content than before, read it into `world`.

        Raises UserError, once a change, when the new content is not understood; `world` stays as it was.
        """
        stamp = self._stat()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        before, self.world = self.world, load(self._path)
        return self.world != before


def _access_point(table: object, where: str) -> AccessPoint:
    if not isinstance(table, dict):
        raise UserError(f"{where}: is not a table")
    known = {entry.name: type(entry.default) for entry in fields(AccessPoint) if entry.name != "ssid"}
    values: dict[str, object] = {"ssid": _ssid(table, where)}
    for key, value in table.items():
        if key in ("ssid", "ssid_hex"):
            continue
        if key not in known:
            raise UserError(f"{where}: {key!r} is unknown; there are ssid, ssid_hex, {', '.join(known)}")
        if type(value) is not known[key]:
            shown = "" if key == "password" else f" = {value!r}"
            raise UserError(f"{where}: {key}{shown} is not {_ARTICLES[known[key]]}")
        values[key] = value
    values.setdefault("security", "WPA2" if values.get("password") else "OPEN")
    point = AccessPoint(**values)
    _check(point, where)
    return point


_ARTICLES = {str: "text in quotes", int: "a whole number", bool: "true or false"}


def _ssid(table: dict[str, object], where: str) -> bytes:
    text, digits = table.get("ssid"), table.get("ssid_hex")
    if (text is None) == (digits is None):
        raise UserError(f"{where}: needs either ssid or ssid_hex")
    name, value = ("ssid", text) if digits is None else ("ssid_hex", digits)
    try:
        ssid = str(value).encode() if digits is None else bytes.fromhex(str(value))
    except ValueError:
        raise UserError(f"{where}: ssid_hex = {value!r} is not hex digits") from None
    if not isinstance(value, str) or not 1 <= len(ssid) <= 32:
        raise UserError(f"{where}: {name} = {value!r} is not 1 to 32 bytes")
    return ssid


def _check(point: AccessPoint, where: str) -> None:
    if point.security not in SECURITY:
        raise UserError(f"{where}: security = {point.security!r} is unknown; there are {', '.join(SECURITY)}")
    if not 1 <= point.channel <= 14:
        raise UserError(f"{where}: channel = {point.channel} is not 1 to 14")
    if not -120 <= point.rssi <= 0:
        raise UserError(f"{where}: rssi = {point.rssi} is not -120 to 0")
    for key, value in (("refuses", point.refuses), ("unit", point.unit)):
        if not 0 <= value <= 255:
            raise UserError(f"{where}: {key} = {value} is not 0 to 255")
    length = len(point.password.encode())
    if point.security == "OPEN" and length:
        raise UserError(f"{where}: password is set, and security = 'OPEN'")
    if point.security.startswith("WPA") and point.authmode != 5 and not 8 <= length <= 64:
        raise UserError(f"{where}: password needs 8 to 63 characters or 64 hex digits")


def _timing(table: object, where: str) -> tuple[float, float]:
    """(scale, lookup)."""
    if not isinstance(table, dict) or set(table) - {"scale", "lookup"}:
        raise UserError(f"{where}: only scale and lookup are known there")
    for key, value in table.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
            raise UserError(f"{where}: {key} = {value!r} is not a number from 0 to 100")
    return float(table.get("scale", 1.0)), float(table.get("lookup", 0.0))


def _names(document: dict[str, object], source: str) -> dict[str, tuple[str, int]]:
    table = document.get("names", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise UserError(f'{source}: names: write NAME = "HOST" or "HOST:PORT"')
    places = {}
    for name, value in table.items():
        if ":" in value:
            places[name] = host_port(value, f"{source}: names: {name}")
        else:
            places[name] = value, 0
    return places
