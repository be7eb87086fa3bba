"""CONFIGURING: a phone is talking to the portal."""

import asyncio

from core.clock import happens, to_ms
from provisioning.agent import CONNECTING_NET, REBOOT, RESET_CONFIG, WAIT_CONFIG


async def run(agent):
    portal = agent.portal
    quiet_ms = to_ms(agent.product.PHONE_GONE_S)
    while portal.wanted is None:
        portal.visited.clear()
        if not await happens(portal.visited, quiet_ms) and portal.wanted is None:
            return WAIT_CONFIG
    await asyncio.sleep_ms(to_ms(agent.product.REPLY_S))
    if portal.wanted == "live":
        portal.meet_candidate()
        agent.connection = agent.connect()
        agent.live = True
        return CONNECTING_NET
    return RESET_CONFIG if portal.wanted == "reset" else REBOOT
