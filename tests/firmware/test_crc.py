import binascii
import sys


class Poor:
    """A binascii as an ESP8266 has it."""


def test_our_own_crc_equals_the_port_s():
    sys.modules["binascii"] = Poor
    from core.crc import crc32

    assert crc32 is not binascii.crc32
    for data in (b"", b"a", b"123456789", bytes(range(256)) * 3):
        assert crc32(data) == binascii.crc32(data), data
        assert crc32(data, 0xAF710753) == binascii.crc32(data, 0xAF710753), data
