"""World files: what they may say, and what a mistake in one is answered with."""

from __future__ import annotations

import os

import pytest

from firstlight.bench.world import AccessPoint, WorldFile, load, parse
from firstlight.errors import UserError


def test_defaults_and_every_key():
    world = parse(
        """
        [timing]
        scale = 0.5
        lookup = 3
        [names]
        "cloud.example" = "127.0.0.1"
        "broker.example" = "127.0.0.1:1883"
        [[access_point]]
        ssid = "Café"
        [[access_point]]
        ssid_hex = "ff00fe"
        password = "correct horse"
        channel = 11
        rssi = -70
        security = "WPA2/WPA3"
        hidden = true
        dhcp = false
        internet = false
        refuses = 203
        unit = 2
        """,
        "world.toml",
    )
    assert world.scale == 0.5 and world.lookup == 3.0
    assert world.names == {"cloud.example": ("127.0.0.1", 0), "broker.example": ("127.0.0.1", 1883)}
    assert world.access_points == (
        AccessPoint("Café".encode(), security="OPEN"),
        AccessPoint(b"\xff\x00\xfe", "correct horse", 11, -70, "WPA2/WPA3", True, False, False, 203, 2),
    )


def test_a_password_without_security_is_wpa2():
    world = parse('[[access_point]]\nssid = "Home"\npassword = "correct horse"', "world.toml")
    assert world.access_points[0].security == "WPA2" and world.access_points[0].authmode == 3


def test_a_key_of_64_digits_is_the_hashed_passphrase():
    """The example of IEEE 802.11i, H.4."""
    digits = b"f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
    point = AccessPoint(b"IEEE", "password", security="WPA2")
    assert point.accepts(b"password") and point.accepts(digits) and point.accepts(digits.upper())
    assert not point.accepts(b"Password") and not point.accepts(digits[:-1] + b"f")


def test_an_access_point_has_an_address_of_its_own():
    """Of its SSID and channel, and of its unit where several share both."""
    points = [AccessPoint(b"Mesh", channel=channel, unit=unit) for channel in (1, 6) for unit in range(3)]
    addresses = {point.bssid for point in points}
    assert len(addresses) == 6 and all(len(bssid) == 6 and bssid[0] == 2 for bssid in addresses)
    assert AccessPoint(b"Mesh", rssi=-80, password="12345678").bssid == points[0].bssid


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ssid = ", "Invalid value"),
        ("[[acess_point]]", "'acess_point' is unknown; there are [[access_point]], [timing] and [names]"),
        ("[access_point]", "access_point: write [[access_point]], with two brackets"),
        ("[[access_point]]", "access_point 1: needs either ssid or ssid_hex"),
        ('[[access_point]]\nssid = "a"\nssid_hex = "61"', "access_point 1: needs either ssid or ssid_hex"),
        (
            '[[access_point]]\nssid = "a"\n[[access_point]]\nssid = ""',
            "access_point 2: ssid = '' is not 1 to 32 bytes",
        ),
        ("[[access_point]]\nssid = 5", "access_point 1: ssid = 5 is not 1 to 32 bytes"),
        ('[[access_point]]\nssid_hex = "6x"', "access_point 1: ssid_hex = '6x' is not hex digits"),
        (
            '[[access_point]]\nssid = "a"\nchanel = 1',
            "access_point 1: 'chanel' is unknown; there are ssid, ssid_hex, ",
        ),
        (
            '[[access_point]]\nssid = "a"\nchannel = true',
            "access_point 1: channel = True is not a whole number",
        ),
        ('[[access_point]]\nssid = "a"\nchannel = 15', "access_point 1: channel = 15 is not 1 to 14"),
        ('[[access_point]]\nssid = "a"\nrssi = 5', "access_point 1: rssi = 5 is not -120 to 0"),
        ('[[access_point]]\nssid = "a"\nrefuses = true', "refuses = True is not a whole number"),
        ('[[access_point]]\nssid = "a"\nrefuses = 256', "access_point 1: refuses = 256 is not 0 to 255"),
        ('[[access_point]]\nssid = "a"\nunit = -1', "access_point 1: unit = -1 is not 0 to 255"),
        ('[[access_point]]\nssid = "a"\nhidden = 1', "access_point 1: hidden = 1 is not true or false"),
        ('[[access_point]]\nssid = "a"\npassword = 12345678', "password is not text in quotes"),
        (
            '[[access_point]]\nssid = "a"\npassword = "short"',
            "access_point 1: password needs 8 to 63 characters",
        ),
        (
            '[[access_point]]\nssid = "a"\nsecurity = "WPA9"',
            "security = 'WPA9' is unknown; there are OPEN, WEP",
        ),
        (
            '[[access_point]]\nssid = "a"\nsecurity = "OPEN"\npassword = "12345678"',
            "password is set, and security",
        ),
        ("[timing]\nspeed = 1", "timing: only scale and lookup are known there"),
        ('[timing]\nscale = "fast"', "timing: scale = 'fast' is not a number from 0 to 100"),
        ("[timing]\nlookup = true", "timing: lookup = True is not a number from 0 to 100"),
        ("[timing]\nscale = -1", "timing: scale = -1 is not a number from 0 to 100"),
        ("[names]\na = 5", 'names: write NAME = "HOST" or "HOST:PORT"'),
        ('[names]\na = "b:c"', "names: a: 'b:c' is not HOST:PORT"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_table_and_key(text, complaint):
    with pytest.raises(UserError) as error:
        parse(text, "world.toml")
    assert str(error.value).startswith("world.toml: ") and complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match=r"--world: cannot read .*missing\.toml"):
        load(tmp_path / "missing.toml")
    (tmp_path / "latin.toml").write_bytes(b'[[access_point]]\nssid = "Caf\xe9"')
    with pytest.raises(UserError, match="--world: cannot read"):
        load(tmp_path / "latin.toml")


def test_a_file_that_changes(tmp_path):
    """A change is told once; one that is not understood, or a file that is gone, changes nothing."""
    path = tmp_path / "world.toml"
    path.write_text("")
    file = WorldFile(path)
    assert not file.changed()
    path.write_text('[[access_point]]\nssid = "a"')
    assert file.changed() and len(file.world.access_points) == 1
    assert not file.changed()
    path.write_text("[[")
    for broken in (True, False):
        if broken:
            with pytest.raises(UserError):
                file.changed()
        else:
            assert not file.changed()
        assert len(file.world.access_points) == 1
    path.unlink()
    with pytest.raises(UserError):
        file.changed()
    new = tmp_path / "new.toml"
    new.write_text("")
    os.replace(new, path)
    assert file.changed() and not file.world.access_points
