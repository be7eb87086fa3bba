"""Parts of the config personality: access point, DNS, HTTP, portal. Cloud code for a live try only."""

from core import log
from core.late import forget
from net import dns
from net.http import Server
from net.radio import ADDRESS
from provisioning.agent import IDLE, WAIT_CONFIG
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
        from main_search import search

        agent.search = lambda: search(agent)
        if product.LIVE_TRY:
            agent.connect = lambda: _connection(agent)
    names = product.PORTAL_NAMES if product.DNS_NAME_ONLY else None
    agent.portal = Portal(
        agent,
        name,
        lambda: _info(agent, name, chip),
        Server,
        lambda address: dns.serve(address, names=names),
        Network,
        ADDRESS,
    )
    agent.clicked = lambda _: agent.request(WAIT_CONFIG) if agent.state == IDLE else None


def _info(agent, name, chip):
    from main_info import board_info

    forget("main_info")
    return board_info(agent, name, chip)


def _connection(agent):
    from cloud.interface import Cloud
    from main_cloud import Connection

    return Connection(agent, Cloud())
