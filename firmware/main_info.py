"""Who the device is, as phones ask for it. In memory only meanwhile."""

from binascii import hexlify


def board_info(agent, name, chip):
    """The constant part of board_info.json: the keys of both generations of the protocol."""
    product, radio = agent.product, agent.radio
    mac, bssid = [hexlify(radio.mac(ours), ":").decode().upper() for ours in (False, True)]
    return {
        "vendor": product.VENDOR,
        "board": product.TEMPLATE_NAME,
        "tmpl_id": product.TEMPLATE_ID,
        "fw_type": product.FIRMWARE_TYPE,
        "fw_ver": product.FIRMWARE_VERSION,
        "name": name,
        "ssid": name,
        "uid": agent.uid,
        "bssid": bssid,
        "mac": mac,
        "wifi_scan": True,
        "static_ip": True,
        "ifs": [{"name": "wifi", "mac": mac, "scan": 1, "5ghz": int(chip == "esp32c5"), "static_ip": 1}],
    }
