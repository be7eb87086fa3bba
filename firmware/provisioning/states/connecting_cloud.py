"""CONNECTING_CLOUD: claim a token if need be, log in, and only then call the candidate verified."""

import asyncio

from micropython import const

from core import log
from core.clock import Deadline, to_ms
from provisioning import errors
from provisioning.agent import CONNECTING_NET, REBOOT, REFUSED, RUNNING, WAIT_CONFIG
from provisioning.errors import Failure

_TRIES = const(3)  # of a candidate, within its time: one may fall on a broken connection
_PAUSE_MS = const(1000)
_LOOK_MS = const(1000)
_PASSING = (errors.CLOUD_TIMEOUT, errors.CLOUD, errors.DNS)


async def run(agent):
    credentials = agent.credentials
    candidate = credentials.candidate
    if not (candidate or await _patient(agent, agent.cloud_backoff.next())):
        return CONNECTING_NET
    try:
        await _open(agent, candidate)
    except Failure as e:
        log.warn("cloud", e.code, e.detail)
        return await _failed(agent, e, candidate)
    try:
        credentials.accepted(agent.product.FIRMWARE_VERSION, *agent.connection.place)
    except Exception as e:  # storage's exceptions are not ours to name
        if candidate:
            raise
        log.error("cloud", "not noted where:", e)
    if candidate:
        log.info("cloud", "credentials verified")
    if agent.live:  # the page shows it; then the run personality takes over
        agent.portal.arrived = True
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
    if failure.code != errors.BAD_TOKEN:
        agent.connection.doubt()
    elif credentials.window != REFUSED and agent.ask(failure, REFUSED):
        return WAIT_CONFIG
    else:  # a server can be wrong, and right again
        await _patient(agent, to_ms(agent.product.REFUSED_S))
    return CONNECTING_NET


async def _patient(agent, ms):
    """Let time go by; False as soon as the network is gone."""
    deadline = Deadline(ms)
    while deadline.left():
        if not agent.connection.joined():
            return False
        await asyncio.sleep_ms(min(deadline.left(), _LOOK_MS))
    return True


async def _open(agent, candidate):
    """A session with the account's server within the deadline, or Failure."""
    deadline = Deadline(to_ms(agent.product.CLOUD_TIMEOUT_S))
    tries = _TRIES if candidate else 1
    while True:
        tries -= 1
        try:
            return await asyncio.wait_for_ms(_log_in(agent, candidate), deadline.left())
        except asyncio.TimeoutError:
            raise Failure(errors.CLOUD_TIMEOUT)
        except Failure as e:
            if not tries or e.code not in _PASSING or deadline.left() < _PAUSE_MS:
                raise
            log.info("cloud", e.code, e.detail)
        await asyncio.sleep_ms(_PAUSE_MS)


async def _log_in(agent, candidate):
    account = candidate or agent.credentials.verified
    if account.claim:
        log.hide(account.claim)
        token, server = await agent.connection.claim(account.claim)
        log.hide(token)
        agent.credentials.claimed(token, server)
        log.info("cloud", "claim code exchanged for a token")
    log.hide(account.token)
    await agent.connection.open(account)
