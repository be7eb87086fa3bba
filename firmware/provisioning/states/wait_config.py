"""WAIT_CONFIG: the access point is open and waits for a phone."""

from core.clock import Deadline, happens
from provisioning.agent import CONFIGURING, CONNECTING_NET, IDLE


async def run(agent):
    credentials = agent.credentials
    credentials.asked()
    portal = agent.portal
    portal.open()
    window = Deadline(agent.product.CONFIG_WINDOW_S * 1000)
    if await happens(portal.visited, window.left()):
        return CONFIGURING
    portal.close()
    return CONNECTING_NET if credentials.verified else IDLE
