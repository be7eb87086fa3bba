"""What the label of a unit says: the same name and key that the unit itself works out."""

from __future__ import annotations

import pytest
import segno

from firstlight.board.accesspoint import ap_key, device_name, read_product, suffix, wifi_uri
from firstlight.board.build import SOURCE
from firstlight.errors import UserError
from page_support import write
from test_cli import run

MAC = bytes.fromhex("246F28ABCDEF")
PRODUCT = 'VENDOR = "Acme"\nTEMPLATE_NAME = "Lamp"\nBOARD = "lamp"\n'


@pytest.mark.parametrize(
    ("mac", "esp32", "esp8266"),
    [
        ("246F28ABCDEF", "K9WJ", "JCJ3"),
        ("246F28ABCD01", "Y0WR", None),  # a digit that would come twice
        ("246F28ABCD02", "RXAX", None),
        ("246F28ABCD09", "RX0W", None),
        ("A4CF12345678", "0YXP", "6C34"),
    ],
)
def test_suffix(mac, esp32, esp8266):
    assert suffix(bytes.fromhex(mac), False) == esp32
    assert esp8266 in (None, suffix(bytes.fromhex(mac), True))


@pytest.mark.parametrize(
    ("vendor", "product", "name"),
    [
        ("Blynk", "Device", "Blynk Device-K9WJ"),
        ("Blynk", "Greenhouse Irrigation", "Blynk Greenhouse Irrigat-K9WJ"),
        ("Acme", "Acme", "Acme-K9WJ"),
        ("Ä" * 20, "Lamp", "Ä" * 12 + "-K9WJ"),  # 24 bytes; not half a letter
        ("V" * 30, "V" * 30, "V" * 24 + " -K9WJ"[1:]),
    ],
)
def test_device_name(vendor, product, name):
    assert device_name(vendor, product, "K9WJ") == name
    assert len(name.encode()) <= 29


def test_key():
    assert ap_key("correct horse", MAC) == "47i5c2j666nn"
    assert ap_key("correct horse", MAC[:5] + b"\xee") != ap_key("correct horse", MAC)
    assert len(ap_key("ключ", MAC)) == 12


def test_the_text_of_the_code():
    assert wifi_uri("Acme Lamp-K9WJ", "47i5c2j666nn") == "WIFI:T:WPA;S:Acme Lamp-K9WJ;P:47i5c2j666nn;;"
    assert wifi_uri("Acme", None) == "WIFI:T:nopass;S:Acme;;"
    assert wifi_uri('a\\b;c,d:e"f', None) == 'WIFI:T:nopass;S:a\\\\b\\;c\\,d\\:e\\"f;;'


def test_the_products_own_values_are_read():
    product = read_product(SOURCE)
    assert product.ssid(MAC) == "Blynk Device-K9WJ"


def firmware(tmp_path, more: str, chip: str = "esp8266"):
    return write(tmp_path, {"product.py": PRODUCT + more, "boards/lamp.py": f'CHIP = "{chip}"\n'})


def test_product_with_and_without_a_secret(tmp_path):
    guarded = read_product(firmware(tmp_path, 'AP_PASSWORD = "correct horse"\n'))
    assert (guarded.ssid(MAC), guarded.key(MAC)) == ("Acme Lamp-JCJ3", "47i5c2j666nn")
    for more in ("AP_PASSWORD = None\n", ""):
        assert read_product(firmware(tmp_path, more, "esp32")).key(MAC) is None


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "import os\nAP_PASSWORD = os.secret\n",
            'AP_PASSWORD must be a plain text, AP_PASSWORD = "…"',
        ),
        ('AP_PASSWORD = ""\n', "AP_PASSWORD must be a plain text"),
        ("AP_PASSWORD = 5\n", "AP_PASSWORD must be a plain text"),
    ],
)
def test_a_secret_that_cannot_be_read_is_not_taken_for_none(tmp_path, more, told):
    with pytest.raises(UserError, match=told):
        read_product(firmware(tmp_path, more))


def test_command(tmp_path):
    done = run("board", "wifi-qr", "24:6F:28:AB:CD:EF", "--svg", str(tmp_path / "code.svg"))
    assert done.returncode == 0, done.stderr
    assert "Blynk Device-K9WJ" in done.stdout
    key = read_product(SOURCE).key(MAC)
    expected = tmp_path / "expected.svg"
    code = segno.make_qr(wifi_uri("Blynk Device-K9WJ", key), error="m", encoding="utf-8")
    code.save(str(expected), scale=4)
    assert (tmp_path / "code.svg").read_bytes() == expected.read_bytes()
    assert "▀" in run("board", "wifi-qr", "24:6F:28:AB:CD:EF").stdout
