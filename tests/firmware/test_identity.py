import sys
from binascii import unhexlify

import portal_rig
from provisioning.identity import access_point_key, device_name, suffix, uid

MAC = unhexlify("246F28ABCDEF")

# PROTOCOLS 2.4: the published vectors.
ESP32 = {
    "246F28ABCDEF": "K9WJ",
    "246F28ABCD01": "Y0WR",  # third digit by the repeat rule
    "246F28ABCD02": "RXAX",
    "246F28ABCD09": "RX0W",
    "A4CF12345678": "0YXP",
}
ESP8266 = {"246F28ABCDEF": "JCJ3", "A4CF12345678": "6C34"}


def test_suffix_vectors_esp32():
    for mac, expected in ESP32.items():
        assert suffix(unhexlify(mac)) == expected, mac


def test_suffix_vectors_esp8266():
    for mac, expected in ESP8266.items():
        assert suffix(unhexlify(mac), esp8266=True) == expected, mac


def test_wrong_byte_orders_give_other_names():
    zeros_first = suffix(b"\0\0" + MAC, esp8266=True)
    backwards = suffix(bytes(reversed(MAC + b"\0\0")), esp8266=True)
    other_end = suffix(bytes(reversed(b"\0\0" + MAC)), esp8266=True)
    assert zeros_first == "5JFR"
    assert "YA3M" in (backwards, other_end)
    assert "K9WJ" not in (zeros_first, backwards, other_end)


def test_names():
    assert device_name("Blynk", "Device", "K9WJ") == "Blynk Device-K9WJ"
    assert device_name("Acme", "Acme", "K9WJ") == "Acme-K9WJ"
    assert device_name("Käse", "Wärmeplatte für Grütze", "K9WJ") == "Käse Wärmeplatte für -K9WJ"  # 29 bytes
    long = device_name("Blynk", "Greenhouse Irrigation", "K9WJ")
    assert long == "Blynk Greenhouse Irrigat-K9WJ" and len(long) == 29
    vendor = device_name("A very long vendor name indeed", "Device", "K9WJ")
    assert vendor == "A very long vendor name -K9WJ" and len(vendor) == 29


def test_uid_is_stable_and_hides_the_mac():
    first = uid(MAC)
    assert first == uid(MAC) and first != uid(MAC[:5] + b"\0")
    assert len(first) == 36 and first[14] == "8"
    assert "abcdef" not in first


def test_access_point_key_differs_by_unit_and_secret():
    assert access_point_key("correct horse", MAC) == "47i5c2j666nn"
    assert access_point_key("correct horse", MAC[:5] + b"\0") != access_point_key("correct horse", MAC)


def test_the_access_point_gets_the_key_of_its_own_label():
    agent = portal_rig.make(sys.path[0], sys.path[0] + "/", AP_PASSWORD="correct horse")
    assert agent.access_point_key == "47i5c2j666nn"  # of the station's address, which is on the label
