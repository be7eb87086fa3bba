"""ERROR: show it for a while, then start again, without the candidate that led here."""

import asyncio

from core.clock import to_ms
from provisioning import errors
from provisioning.agent import REBOOT


async def run(agent):
    if agent.credentials.candidate:
        agent.credentials.reject(errors.NETWORK, "internal error, see the device's log")
    await asyncio.sleep_ms(to_ms(agent.product.ERROR_S))
    return REBOOT
