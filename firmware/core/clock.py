"""Deadlines and backoff. Ticks wrap, so only their differences are ever compared."""

import asyncio
from random import getrandbits
from time import ticks_add, ticks_diff, ticks_ms


def to_ms(seconds):
    """Whole milliseconds, also of a fraction of a second."""
    return int(seconds * 1000)


class Deadline:
    """A moment some milliseconds from now (at most six days: half the tick period)."""

    def __init__(self, ms):
        self._end = ticks_add(ticks_ms(), ms)

    def left(self):
        """Milliseconds to go, 0 when over."""
        left = ticks_diff(self._end, ticks_ms())
        return left if left > 0 else 0


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


async def happens(event, ms):
    """True when the event is set within `ms`."""
    try:
        await asyncio.wait_for_ms(event.wait(), ms)
    except asyncio.TimeoutError:
        return False
    return True
