"""CRC-32 as in zlib: the port's own where it has one (an ESP8266's binascii has none)."""

import binascii

# One entry for each half byte of the reflected polynomial 0xEDB88320.
_TABLE = (
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
)  # fmt: skip


def _crc32(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 15] ^ crc >> 4
        crc = _TABLE[(crc ^ byte >> 4) & 15] ^ crc >> 4
    return crc ^ 0xFFFFFFFF


crc32 = getattr(binascii, "crc32", _crc32)
