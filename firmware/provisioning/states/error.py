"""ERROR: show it for a while, then start again."""

import asyncio

from provisioning.agent import REBOOT


async def run(agent):
    await asyncio.sleep_ms(agent.product.ERROR_S * 1000)
    return REBOOT
