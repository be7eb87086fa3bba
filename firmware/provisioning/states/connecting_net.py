"""CONNECTING_NET: join a Wi-Fi network, once for a candidate, for ever with verified credentials."""

import asyncio

from core import log
from core.clock import Deadline, to_ms
from provisioning import errors
from provisioning.agent import CONNECTING_CLOUD, CONNECTING_NET, LOST, WAIT_CONFIG
from provisioning.errors import Failure


async def run(agent):
    credentials = agent.credentials
    try:
        if credentials.candidate:
            return await _once(agent, credentials.candidate)
        if not agent.connection.joined():
            await asyncio.sleep_ms(agent.net_backoff.next())
            await agent.connection.find(credentials.verified)
    except Failure as e:
        log.warn("wifi", e.code, e.detail)
        if credentials.candidate:
            credentials.reject(e.code, e.detail)
            return agent.rejected()
        return _lost(agent, e)
    if agent.lost:  # it was away, and what we know of the cloud is from before
        agent.lost = None
        agent.cloud_backoff.reset()
    agent.net_backoff.reset()
    return CONNECTING_CLOUD


async def _once(agent, candidate):
    if not agent.credentials.tries_candidate():
        raise Failure(errors.NETWORK, "the device restarted each time it tried")
    await agent.connection.join(candidate.networks[0])
    return CONNECTING_CLOUD


def _lost(agent, failure):
    """Try again; where the chip can do both, an owner with a new router gets one window beside that."""
    seconds = agent.product.LOST_S
    if not agent.lost:
        agent.lost = Deadline(to_ms(seconds))
    if seconds and agent.dual and not agent.lost.left() and not agent.credentials.window:
        agent.lost = None
        if agent.ask(failure, LOST):
            return WAIT_CONFIG
    return CONNECTING_NET
