"""Parts of the config personality: access point, DNS, HTTP, portal. No cloud code."""

from net import dns
from net.http import Server
from net.radio import ADDRESS, security
from provisioning.portal import Portal, colons
from storage.credentials import Network


def equip(agent, name):
    """Hang the portal on the agent."""
    agent.portal = Portal(agent, board_info(agent, name), Server, dns.serve, Network, security, ADDRESS)


def board_info(agent, name):
    """The constant part of board_info.json: the keys of both generations of the protocol."""
    product, radio = agent.product, agent.radio
    mac = colons(radio.mac())
    return {
        "vendor": product.VENDOR,
        "board": product.TEMPLATE_NAME,
        "tmpl_id": product.TEMPLATE_ID,
        "fw_type": product.FIRMWARE_TYPE,
        "fw_ver": product.FIRMWARE_VERSION,
        "name": name,
        "ssid": name,
        "uid": agent.uid,
        "bssid": colons(radio.mac(True)),
        "mac": mac,
        "wifi_scan": True,
        "static_ip": True,
        "ifs": [{"name": "wifi", "mac": mac, "scan": 1, "5ghz": 0, "static_ip": 1}],
    }
