"""CONNECTING_NET: join a Wi-Fi network, once for a candidate, for ever with verified credentials."""

import asyncio

from core import log
from provisioning import errors
from provisioning.agent import CONNECTING_CLOUD, CONNECTING_NET
from provisioning.errors import Failure


async def run(agent):
    candidate = agent.credentials.candidate
    if candidate:
        if not agent.credentials.tries_candidate():
            agent.credentials.reject(errors.NETWORK, "the device restarted each time it tried")
            return agent.rejected()
    elif agent.connection.joined():
        return CONNECTING_CLOUD
    else:
        await asyncio.sleep_ms(agent.backoff.next())
    try:
        await _join(agent, candidate or agent.credentials.verified)
    except Failure as e:
        log.warn("wifi", e.code, e.detail)
        if candidate:
            agent.credentials.reject(e.code, e.detail)
            return agent.rejected()
        return CONNECTING_NET
    return CONNECTING_CLOUD


async def _join(agent, account):
    """The first of the account's networks that lets us in. Raises the last one's Failure."""
    failure = Failure(errors.NETWORK)
    for network in account.networks:
        log.hide(log.text(network.password))
        log.info("wifi", "joining", log.text(network.ssid))
        try:
            await agent.connection.join(network)
            return
        except Failure as e:
            failure = e
    raise failure
