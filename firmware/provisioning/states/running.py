"""RUNNING: the link serves the application until it is lost or the cloud orders otherwise."""

import asyncio
from time import ticks_diff, ticks_ms

from core import log
from core.clock import to_ms
from provisioning.agent import CONNECTING_CLOUD, CONNECTING_NET, REBOOT
from provisioning.errors import Failure


async def run(agent):
    connection = agent.connection
    began = ticks_ms()
    try:
        await connection.serve()
    except Failure as e:
        log.warn("cloud", "lost:", e.detail)
    if connection.command == "reconfigure":
        agent.credentials.ask_again()
    if connection.command:
        return REBOOT
    if ticks_diff(ticks_ms(), began) >= to_ms(agent.product.STABLE_S):
        agent.backoff.reset()
    await asyncio.sleep_ms(agent.backoff.next())  # a session that is ended at once shall not be a tight loop
    return CONNECTING_CLOUD if connection.joined() else CONNECTING_NET
