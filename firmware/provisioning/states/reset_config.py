"""RESET_CONFIG: forget everything, then start as new."""

import asyncio

from core import log
from provisioning.agent import REBOOT


async def run(agent):
    agent.credentials.erase()
    agent.radio.forget()
    log.info("storage", "erased")
    agent.indicator.show("ERASED")
    await asyncio.sleep_ms(500)  # seen by the one who holds the button
    return REBOOT
