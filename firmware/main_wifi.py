"""Which network to join, and what the radio's refusals mean to an owner."""

from micropython import const

from core import log
from core.clock import to_ms
from net import reasons
from net.station import JoinError
from provisioning import errors
from provisioning.errors import Failure

_DOUBTS = const(3)  # failures of the cloud in a row before another network may do better
_SEEN_TRIES = const(2)  # of a network that a scan has just shown

_CODES = {
    reasons.TIMEOUT: errors.NETWORK_TIMEOUT,
    reasons.NOT_FOUND: errors.NOT_FOUND,
    reasons.WRONG_PASSWORD: errors.WRONG_PASSWORD,
    reasons.TURNED_AWAY: errors.NETWORK,
    reasons.NO_ADDRESS: errors.NO_ADDRESS,
}


class Wifi:
    """What the states ask of the radio; a failure comes out as a Failure with its code."""

    def __init__(self, product, radio, each=2):
        self._each = each  # access points of one network to try in a round
        self._product = product
        self._radio = radio
        self._ms = to_ms(product.NET_TIMEOUT_S)
        self._guessed = False  # since we were last on a network
        self._blind = False  # this round also tries networks that the scan does not show
        self._doubts = 0
        self._shunned = None
        self.place = ()  # the network that let us in, and the BSSID where it is known

    def joined(self):
        return self._radio.joined()

    def leave(self):
        self._radio.leave()

    async def join(self, network, bssid=None, tries=3):
        """Join this network, at this access point of it where one is given."""
        log.hide(log.text(network.password))
        log.info("wifi", "joining", log.text(network.ssid))
        try:
            await self._radio.join(
                network.ssid, network.password, network.static, self._ms, bssid, tries=tries
            )
        except JoinError as e:
            code = _CODES[e.reason]
            raise Failure(code, errors.words(code) + (", " + e.detail if e.detail else ""))
        self.place = (network, bssid or b"")
        self._guessed = False
        log.info("wifi", "joined, address", self._radio.address())

    async def find(self, account):
        """Join where it went well the last time, else the strongest network that is known."""
        guess = self._guess(account)
        try:
            if guess:
                return await self.join(*guess, tries=1)
        except Failure as e:
            log.info("wifi", "no longer there:", e.code, e.detail)
        from net.choice import order

        self._blind = not self._blind  # every second one: each takes seconds, and a scan misses little
        failure = None
        for network, bssid in order(await self._radio.survey(), account.networks, self._shunned, self._each):
            if not (bssid or network.hidden or self._blind):
                continue
            try:
                return await self.join(network, bssid, _SEEN_TRIES if bssid else 1)
            except Failure as e:
                log.info("wifi", e.code, e.detail)
                if not failure or failure.code == errors.NOT_FOUND:  # what is there tells more
                    failure = e
        raise failure or Failure(errors.NOT_FOUND)

    def _guess(self, account):
        """(network, BSSID) to try before a scan, once after each time that we were on a network."""
        if self._guessed:
            return None
        self._guessed = True
        if self.place:
            return self.place if self.place[1] else None
        return (account.networks[0], account.bssid) if account.bssid else None

    def doubt(self):
        """The cloud was not reached from here: after some such failures, look for a better network."""
        self._doubts += 1
        if self._doubts >= _DOUBTS:
            self._doubts = 0
            self._shunned = self.place and (self.place[0].ssid, self.place[1] or None)
            self._guessed = True
            self.leave()

    def trust(self):
        """The cloud was reached from here."""
        self._doubts = 0
        self._shunned = None
