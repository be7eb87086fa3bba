"""Look for the network that was lost, in peace while a phone is on the access point. ESP32 only."""

import asyncio

from core import log
from core.backoff import Backoff
from core.clock import to_ms
from main_wifi import Wifi
from provisioning.agent import CONNECTING_NET
from provisioning.errors import Failure


async def search(agent):
    """Until it is found, which ends the state, or cancelled."""
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
