"""The device's name, the same for every firmware that follows the Blynk.Inject algorithm."""

import sys
from binascii import hexlify
from hashlib import sha256

from micropython import const

from core.crc import crc32

_DIGITS = const("0W8N4Y1HP5DF9K6JM3C2XA7R")
_BASE32 = const("abcdefghijklmnopqrstuvwxyz234567")
_BUDGET = const(29)  # bytes of an access point's name


def own_name(product, mac):
    """The name that a product's device of this MAC address has."""
    return device_name(product.VENDOR, product.TEMPLATE_NAME, suffix(mac, sys.platform == "esp8266"))


def suffix(mac, esp8266=False):
    """Four base-24 digits of the chained CRC-32; the ESP32 hashes its MAC as a 64-bit number."""
    data = mac if esp8266 else mac + b"\0\0"
    number = 0
    for _ in range(4):
        number = crc32(data, number)
    text = ""
    for _ in range(4):
        digit = _DIGITS[number % 24]
        if text and digit == text[-1]:
            digit = _DIGITS[(number + 1) % 24]
        text += digit
        number //= 24
    return text


def device_name(vendor, product, suffix):
    """`VENDOR PRODUCT-SUFFIX` in 29 bytes: the vendor is cut last, an equal product name left out."""
    vendor = _cut(vendor, _BUDGET - len(suffix) - 1)
    room = _BUDGET - len(vendor.encode()) - len(suffix) - 1
    middle = "" if product == vendor else _cut(" " + product, room)
    return vendor + middle + "-" + suffix


def _cut(text, size):
    """As much of it as fits into `size` bytes of UTF-8."""
    while len(text.encode()) > size:
        text = text[:-1]
    return text


def uid(mac):
    """A UUID that stays the same for the life of the chip and does not show its MAC address."""
    digest = bytearray(sha256(b"firstlight" + mac).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80  # version 8: custom
    digest[8] = digest[8] & 0x3F | 0x80
    text = hexlify(bytes(digest)).decode()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def colons(mac):
    return hexlify(mac, ":").decode().upper()


def access_point_key(secret, mac):
    """The WPA2 key of this unit's access point, as on its label: 12 characters of base 32."""
    digest = sha256(secret.encode() + mac).digest()
    return "".join([_BASE32[_five_bits(digest, at)] for at in range(0, 60, 5)])


def _five_bits(data, at):
    return (data[at >> 3] << 8 | data[(at >> 3) + 1]) >> (11 - (at & 7)) & 31
