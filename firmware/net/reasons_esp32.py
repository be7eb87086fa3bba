"""What status() says on an ESP32 when a try has failed: 802.11's and IDF's reasons for a disconnection."""

from micropython import const

from net.reasons import NOT_FOUND, TIMEOUT, TURNED_AWAY, WRONG_PASSWORD

_IDLE = const(1000)  # from here on the port's own: idle, connecting (for ever, where it retries), joined
_EXPIRED = const(2)  # some routers answer a wrong password so; but it is also a lost frame
_TIMEOUT = const(39)
_HANDSHAKE = (2, 14, 15, 23, 202, 204, 205)
_OTHER_SECURITY = (210, 211)
_OUT_OF_REACH = (200, 201, 212)

_WORDS = {
    5: ", it is full",
    200: ", its signal was lost",
    210: ", its security is another",
    211: ", its security is another",
    212: ", its signal is too weak",
}


def failure(status, secured):
    """(weight, reason, words) of a failed try, None while it has not failed. `secured`: with a password."""
    if status >= _IDLE:
        return None
    reason = TURNED_AWAY  # the router's word: refused, full, or one of those that nobody has met
    if status in _OUT_OF_REACH:
        reason = NOT_FOUND
    elif status in _OTHER_SECURITY or secured and status in _HANDSHAKE:
        reason = WRONG_PASSWORD
    elif status == _TIMEOUT:
        reason = TIMEOUT
    doubtful = status == _EXPIRED and secured
    return 2 * TURNED_AWAY - 1 if doubtful else 2 * reason, reason, _WORDS.get(status, "")
