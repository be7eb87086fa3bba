"""Why a network was not joined: the tries of one join as status() tells them. Pure."""

from micropython import const

# The higher tells more: who got no address had the right password, who was turned away was in reach.
TIMEOUT = const(0)
NOT_FOUND = const(1)
TURNED_AWAY = const(2)
WRONG_PASSWORD = const(3)
NO_ADDRESS = const(4)

_ESP8266 = {2: WRONG_PASSWORD, 3: NOT_FOUND, 4: TURNED_AWAY}


def esp8266(status, secured):
    """(weight, reason, words) of a failed try, None while it has not failed. Its SDK knows three."""
    reason = _ESP8266.get(status)
    return None if reason is None else (2 * reason, reason, "")


class Outcome:
    """The most telling failure of several tries, whose status() readings go through over().

    The port forgets a failure only when it gets an address. So a status that was there before the try counts
    for nothing until it has changed, or the try must have ended.
    """

    def __init__(self, failure, secured):
        self._failure = failure  # the port's: esp8266() above, or reasons_esp32
        self._secured = secured
        self._weight = -1
        self._stale = None
        self.reason = TIMEOUT
        self.detail = ""

    def begin(self, stale):
        """A try begins; status() still says `stale`."""
        self._stale = stale

    def over(self, status, late):
        """Whether the try has failed. `late`: had it failed as the status says, that would be long ago."""
        if status == self._stale and not late:
            return False
        self._stale = None
        failure = self._failure(status, self._secured)
        if failure is None:
            return False
        weight, reason, words = failure
        if weight > self._weight:
            self._weight, self.reason = weight, reason
            self.detail = "status " + str(status) + words
        return True

    def expired(self, associated):
        """Time is up while a try still went on."""
        if associated:
            self.reason, self.detail = NO_ADDRESS, ""
