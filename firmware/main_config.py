"""Parts of the config personality: access point, DNS, HTTP, portal. Cloud code for a live try only."""

import asyncio
from binascii import hexlify

from core import log
from core.late import forget
from net import dns
from net.http import Server
from net.radio import ADDRESS
from provisioning.agent import CONNECTING_NET, IDLE, WAIT_CONFIG
from provisioning.portal import Portal
from storage.account import Network


def equip(agent, name, chip):
    """Hang the portal on the agent; a click wakes it from IDLE."""
    product = agent.product
    if product.AP_PASSWORD:
        from provisioning.identity import access_point_key

        agent.access_point_key = access_point_key(product.AP_PASSWORD, agent.radio.mac())
        forget("provisioning.identity")
        log.hide(agent.access_point_key)
    if agent.dual:
        from main_clock import Clock

        agent.set_clock = Clock(product.FIRMWARE_BUILD).set
        agent.search = lambda: _search(agent)
        if product.LIVE_TRY:
            agent.connect = lambda: _connection(agent)
    names = product.PORTAL_NAMES if product.DNS_NAME_ONLY else None
    agent.portal = Portal(
        agent,
        name,
        lambda: board_info(agent, name, chip),
        Server,
        lambda address: dns.serve(address, names=names),
        Network,
        ADDRESS,
    )
    agent.clicked = lambda _: agent.request(WAIT_CONFIG) if agent.state == IDLE else None


def _connection(agent):
    from cloud.interface import Cloud
    from main_cloud import Connection

    return Connection(agent, Cloud())


async def _search(agent):
    """Look for the network that was lost, in peace while a phone is on the access point."""
    from core.clock import Backoff, to_ms
    from main_wifi import Wifi
    from provisioning.errors import Failure

    wifi = Wifi(agent.product, agent.radio)
    backoff = Backoff(to_ms(agent.product.BACKOFF_FIRST_S), to_ms(agent.product.BACKOFF_MOST_S))
    while True:
        await asyncio.sleep_ms(1000 + backoff.next())
        try:
            if not agent.radio.guests():
                await wifi.find(agent.credentials.verified)
                agent.request(CONNECTING_NET)
        except Failure as e:
            log.warn("wifi", e.code, e.detail)
        except Exception as e:  # for want of memory above all: the next try may have it
            log.warn("wifi", "search:", e)


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
