"""A chip's watchdog, as the bench sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Watchdog:
    """Calls `bite` when it is not fed in time."""

    def __init__(self, bite: Callable[[], None]) -> None:
        self._bite = bite
        self._timer: asyncio.TimerHandle | None = None
        self._seconds = 0.0

    def start(self, ms: int) -> None:
        """From now on it has to be fed within `ms`."""
        self._seconds = ms / 1000 * 1.25  # the device tells of one feeding in an eighth of the time only
        self.feed()

    def feed(self) -> None:
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._bite)

    def stop(self) -> None:
        """The chip is off, or is reset."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
