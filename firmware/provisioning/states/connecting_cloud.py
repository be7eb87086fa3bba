"""CONNECTING_CLOUD: claim a token if need be, log in, and only then call the candidate verified."""

import asyncio

from core import log
from core.clock import Deadline, to_ms
from provisioning import errors
from provisioning.agent import CONNECTING_NET, REBOOT, RUNNING, WAIT_CONFIG
from provisioning.errors import Failure


async def run(agent):
    credentials = agent.credentials
    candidate = credentials.candidate
    try:
        await _open(agent, candidate or credentials.verified)
    except Failure as e:
        log.warn("cloud", e.code, e.detail)
        return await _failed(agent, e, candidate)
    credentials.accepted(agent.product.FIRMWARE_VERSION)
    if candidate:
        log.info("cloud", "credentials verified")
    if agent.live:  # the page shows it; then the run personality takes over
        agent.portal.online = True
        await agent.connection.close()
        await agent.portal.farewell(to_ms(agent.product.FAREWELL_S))
        return REBOOT
    return RUNNING


async def _failed(agent, failure, candidate):
    credentials = agent.credentials
    if candidate:
        agent.connection.leave()
        credentials.reject(failure.code, failure.detail)
        return agent.rejected()
    if failure.code == errors.BAD_TOKEN:
        credentials.ask_again(failure.code, failure.detail)
        return WAIT_CONFIG
    await asyncio.sleep_ms(agent.backoff.next())
    return CONNECTING_NET


async def _open(agent, account):
    """A session with the account's server within the deadline, or Failure."""
    deadline = Deadline(to_ms(agent.product.CLOUD_TIMEOUT_S))
    try:
        if account.claim:
            await asyncio.wait_for_ms(_claim(agent), deadline.left())
        log.hide(account.token)
        await asyncio.wait_for_ms(agent.connection.open(account), deadline.left())
    except asyncio.TimeoutError:
        raise Failure(errors.CLOUD_TIMEOUT)


async def _claim(agent):
    code = agent.credentials.candidate.claim
    log.hide(code)
    token, server = await agent.connection.claim(code)
    log.hide(token)
    agent.credentials.claimed(token, server)
    log.info("cloud", "claim code exchanged for a token")
