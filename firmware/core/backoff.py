"""Waits between tries. A module of its own: an ESP8266 that is being set up never needs it."""

from random import getrandbits


class Backoff:
    """Full jitter: each wait is random between 0 and a bound that doubles up to `most` ms."""

    def __init__(self, first, most):
        self._first = first
        self._most = most
        self._bound = 0

    def reset(self):
        """Start anew; but all devices that a broker has dropped shall not be back in the same moment."""
        self._bound = self._first

    def next(self):
        """Milliseconds to wait before the next try; 0 for the very first."""
        bound = self._bound
        self._bound = min(self._most, bound * 2) if bound else self._first
        return getrandbits(24) % (bound + 1)
