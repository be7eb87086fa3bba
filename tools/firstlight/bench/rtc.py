"""A chip's real-time clock: what it keeps through resets, and loses with the power."""

from __future__ import annotations

import time


class Rtc:
    """Its memory, as hexadecimal text, and its time, microseconds since 2000."""

    def __init__(self) -> None:
        """Just powered on."""
        self.lose()

    def lose(self) -> None:
        """Its own power is gone."""
        self.memory = ""
        self.set(0)

    def set(self, us: int) -> None:
        """Give it another time; it goes on from there."""
        self._us, self._then = us, time.monotonic()

    @property
    def us(self) -> int:
        """What time it has now."""
        return self._us + int((time.monotonic() - self._then) * 1e6)
