"""Deadlines. Ticks wrap, so only their differences are ever compared."""

import asyncio
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


async def happens(event, ms):
    """True when the event is set within `ms`."""
    try:
        await asyncio.wait_for_ms(event.wait(), ms)
    except asyncio.TimeoutError:
        return False
    return True
