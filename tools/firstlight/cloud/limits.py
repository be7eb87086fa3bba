"""Limits on guessing: so many tries in so many seconds, then a pause."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

_MOST_KEYS = 10_000  # addresses remembered; the longest silent one is forgotten first


class Limit:
    """At most `tries` in `window` seconds for each key; then none until `window` seconds after the last.

    A try is counted before its outcome is known, so that a hundred at once are not a hundred guesses; one
    that turned out right is given back. Belongs to one event loop.
    """

    def __init__(self, tries: int, window: float, clock: Callable[[], float]) -> None:
        self._tries = tries
        self._window = window
        self._clock = clock
        self._taken: dict[str, deque[float]] = {}

    def take(self, key: str) -> int:
        """Count a try. Return 0, or the seconds to wait when it is one too many (it is not counted then)."""
        now = self._clock()
        taken = self._taken.pop(key, None) or deque()
        while taken and taken[0] <= now - self._window:
            taken.popleft()
        self._taken[key] = taken  # at the end again: the order is by last use
        if len(taken) >= self._tries:
            return max(1, math.ceil(taken[-1] + self._window - now))
        taken.append(now)
        while len(self._taken) > _MOST_KEYS:
            del self._taken[next(iter(self._taken))]
        return 0

    def give_back(self, key: str) -> None:
        """Uncount the last try of `key`: it was no guess."""
        if taken := self._taken.get(key):
            taken.pop()
