"""WAIT_CONFIG: the access point is open and waits for a phone."""

from core.clock import Deadline, happens, to_ms
from provisioning.agent import CONFIGURING, CONNECTING_NET, IDLE


async def run(agent):
    credentials = agent.credentials
    credentials.asked()
    portal = agent.portal
    portal.open()
    window = Deadline(to_ms(agent.product.CONFIG_WINDOW_S))
    if await happens(portal.visited, window.left()) or portal.wanted:
        return CONFIGURING
    portal.close()
    return CONNECTING_NET if credentials.verified else IDLE
