"""WAIT_CONFIG: the access point is open and waits for a phone."""

import asyncio

from core.clock import Deadline, happens, to_ms
from provisioning.agent import CONFIGURING, CONNECTING_NET, IDLE, LOST


async def run(agent):
    credentials = agent.credentials
    credentials.asked()
    portal = agent.portal
    portal.open()
    window = Deadline(to_ms(agent.product.CONFIG_WINDOW_S))
    search = None
    if agent.search and credentials.ready and credentials.window == LOST:
        search = asyncio.create_task(agent.search())
    try:
        if await happens(portal.visited, window.left()) or portal.wanted:
            return CONFIGURING
    finally:
        if search:
            search.cancel()
    portal.close()
    return CONNECTING_NET if credentials.ready else IDLE
