"""Which network to join, and what the radio's refusals mean to an owner. In memory only while it joins."""

from micropython import const

from core import log
from net import reasons
from net.station import JoinError
from provisioning import errors
from provisioning.errors import Failure

_SEEN_TRIES = const(2)  # of a network that a scan has just shown

_CODES = {
    reasons.TIMEOUT: errors.NETWORK_TIMEOUT,
    reasons.NOT_FOUND: errors.NOT_FOUND,
    reasons.WRONG_PASSWORD: errors.WRONG_PASSWORD,
    reasons.TURNED_AWAY: errors.NETWORK,
    reasons.NO_ADDRESS: errors.NO_ADDRESS,
}


async def join(wifi, radio, network, bssid=None, tries=3):
    """Join this network, at this access point of it where one is given."""
    log.hide(log.text(network.password))
    log.info("wifi", "joining", log.text(network.ssid))
    try:
        await radio.join(network.ssid, network.password, network.static, wifi.ms, bssid, tries=tries)
    except JoinError as e:
        code = _CODES[e.reason]
        raise Failure(code, errors.words(code) + (", " + e.detail if e.detail else ""))
    wifi.place = (network, bssid or b"")
    wifi.guessed = False
    log.info("wifi", "joined, address", radio.address())


async def find(wifi, radio, account):
    """Join where it went well the last time, else the strongest network that is known."""
    guess = _guess(wifi, account)
    try:
        if guess:
            return await join(wifi, radio, *guess, tries=1)
    except Failure as e:
        log.info("wifi", "no longer there:", e.code, e.detail)
    from net.choice import order

    wifi.blind = not wifi.blind  # every second one: each takes seconds, and a scan misses little
    failure = None
    for network, bssid in order(await radio.survey(), account.networks, wifi.shunned, wifi.each):
        if not (bssid or network.hidden or wifi.blind):
            continue
        try:
            return await join(wifi, radio, network, bssid, _SEEN_TRIES if bssid else 1)
        except Failure as e:
            log.info("wifi", e.code, e.detail)
            if not failure or failure.code == errors.NOT_FOUND:  # what is there tells more
                failure = e
    raise failure or Failure(errors.NOT_FOUND)


def _guess(wifi, account):
    """(network, BSSID) to try before a scan, once after each time that we were on a network."""
    if wifi.guessed:
        return None
    wifi.guessed = True
    if wifi.place:
        return wifi.place if wifi.place[1] else None
    return (account.networks[0], account.bssid) if account.bssid else None
