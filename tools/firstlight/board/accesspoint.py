"""What a phone must know of one unit's access point: name, key, and both as a QR code for the label.

The device works the same out of its own address and `product.py`, which is read here as data.
"""

from __future__ import annotations

import ast
import re
import zlib
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from firstlight.board.sources import parsed, shown
from firstlight.errors import UserError

_DIGITS = "0W8N4Y1HP5DF9K6JM3C2XA7R"
_NAME_MOST = 29  # bytes of an access point's name
_KEY_LENGTH = 12


@dataclass(frozen=True)
class Product:
    """The values of `product.py` that name and guard an access point."""

    vendor: str
    template_name: str
    esp8266: bool
    ap_password: str | None

    def ssid(self, mac: bytes) -> str:
        """The access point's name of the unit with this station address."""
        return device_name(self.vendor, self.template_name, suffix(mac, self.esp8266))

    def key(self, mac: bytes) -> str | None:
        """Its WPA2 key; None where the access point is open."""
        return None if self.ap_password is None else ap_key(self.ap_password, mac)


def read_product(firmware: Path) -> Product:
    """Read `product.py` and its board's chip below a firmware folder. Raises UserError, naming the value."""
    path = firmware / "product.py"
    board = firmware / "boards" / f"{_text(path, 'BOARD')}.py"
    if not board.exists():
        raise UserError(f"{shown(path)}: BOARD names no module of firmware/boards")
    is_open = _assigned(path, "AP_PASSWORD") is None
    return Product(
        vendor=_text(path, "VENDOR"),
        template_name=_text(path, "TEMPLATE_NAME"),
        esp8266=_text(board, "CHIP") == "esp8266",
        ap_password=None if is_open else _text(path, "AP_PASSWORD"),
    )


def _text(path: Path, name: str) -> str:
    value = _assigned(path, name)
    if not isinstance(value, str) or not value:
        raise UserError(f'{shown(path)}: {name} must be a plain text, {name} = "…"')
    return value


def _assigned(path: Path, name: str) -> object:
    """The constant that a module assigns to a name; None where it does not; else what it assigns, unread."""
    for statement in parsed(path).body:
        if isinstance(statement, ast.Assign) and any(ast.unparse(to) == name for to in statement.targets):
            value = statement.value
            return value.value if isinstance(value, ast.Constant) else value
    return None


def suffix(mac: bytes, esp8266: bool) -> str:
    """Four characters that tell units apart: base 24, lowest digit first, of a CRC-32 chained four times."""
    data = mac if esp8266 else mac + b"\0\0"  # the ESP32's address is a 64-bit number
    number = 0
    for _ in range(4):
        number = zlib.crc32(data, number)
    text = ""
    while len(text) < 4:
        number, digit = divmod(number, 24)
        again = text.endswith(_DIGITS[digit])
        text += _DIGITS[(digit + again) % 24]
    return text


def device_name(vendor: str, product: str, suffix: str) -> str:
    """`VENDOR PRODUCT-SUFFIX` in 29 bytes of UTF-8: the vendor is cut last, an equal product left out."""
    vendor = _cut(vendor, _NAME_MOST - len(suffix) - 1)
    product = (
        "" if product == vendor else _cut(f" {product}", _NAME_MOST - len(f"{vendor}-{suffix}".encode()))
    )
    return f"{vendor}{product}-{suffix}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def ap_key(secret: str, mac: bytes) -> str:
    """The WPA2 key of the unit with this station address: 60 bits of SHA-256, as 12 letters and digits."""
    return b32encode(sha256(secret.encode() + mac).digest())[:_KEY_LENGTH].decode().lower()


def wifi_uri(ssid: str, key: str | None) -> str:
    """The text that a phone's camera takes for "join this network". key: None where it is open."""
    if key is None:
        return f"WIFI:T:nopass;S:{_escaped(ssid)};;"
    return f"WIFI:T:WPA;S:{_escaped(ssid)};P:{_escaped(key)};;"


def _escaped(text: str) -> str:
    return re.sub(r'([\\;,:"])', r"\\\1", text)
