"""CRC-32 as in zlib: the port's own where it has one (an ESP8266's binascii has none)."""

import binascii

from micropython import const

# One entry of four bytes, the lowest first, for each half byte of the reflected polynomial 0xEDB88320.
_TABLE = const(
    b"\x00\x00\x00\x00\x64\x10\xb7\x1d\xc8\x20\x6e\x3b\xac\x30\xd9\x26"
    b"\x90\x41\xdc\x76\xf4\x51\x6b\x6b\x58\x61\xb2\x4d\x3c\x71\x05\x50"
    b"\x20\x83\xb8\xed\x44\x93\x0f\xf0\xe8\xa3\xd6\xd6\x8c\xb3\x61\xcb"
    b"\xb0\xc2\x64\x9b\xd4\xd2\xd3\x86\x78\xe2\x0a\xa0\x1c\xf2\xbd\xbd"
)


def _crc32(data, crc=0):
    """In two halves: a number of 32 bits would take memory at each step."""
    high, low = crc >> 16 ^ 0xFFFF, crc & 0xFFFF ^ 0xFFFF
    for byte in data:
        for half in (byte, byte >> 4):
            at = ((low ^ half) & 15) << 2
            low = ((high & 15) << 12 | low >> 4) ^ (_TABLE[at + 1] << 8 | _TABLE[at])
            high = high >> 4 ^ (_TABLE[at + 3] << 8 | _TABLE[at + 2])
    return (high ^ 0xFFFF) << 16 | low ^ 0xFFFF


crc32 = getattr(binascii, "crc32", _crc32)
