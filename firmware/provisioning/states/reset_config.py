"""RESET_CONFIG: forget everything, then start as new. A power cut leads back here until it is done."""

import asyncio

from micropython import const

from core import log
from provisioning.agent import REBOOT

_TRIES = const(8)  # of wiping free space: what resets the chip each time shall not do so for ever


async def run(agent):
    credentials = agent.credentials
    credentials.erase()
    agent.radio.forget()
    log.info("storage", "erased")
    if agent.product.WIPE_ON_RESET and credentials.erasing <= _TRIES:
        await _wipe(credentials)
    credentials.erased()
    agent.indicator.show("ERASED")
    await asyncio.sleep_ms(500)  # seen by the one who holds the button
    return REBOOT


async def _wipe(credentials):
    """Free space holds old copies. When it cannot be wiped, the device can be set up anew all the same."""
    steps = credentials.wipe()
    try:
        for _ in steps:
            await asyncio.sleep_ms(0)  # the light goes on
    except Exception as e:
        log.error("storage", "free space not wiped:", e)
    else:
        log.info("storage", "free space wiped")
    finally:
        steps.close()
