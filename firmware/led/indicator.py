"""Plays a pattern on a driver: one task, asleep while nothing changes."""

import asyncio
from time import ticks_diff, ticks_ms

from led.patterns import PATTERNS, level, wait


class Indicator:
    def __init__(self, driver, brightness=255):
        self._driver = driver
        self._brightness = brightness
        self._shown = "IDLE"  # the state's pattern
        self._above = None  # the button's, while it is held
        self._playing = (0,)
        self._since = 0
        self._task = None

    def show(self, name):
        """Play this pattern from its beginning."""
        self._shown = name
        self._play()

    def cover(self, name):
        """Play this one instead for the time being; None goes back."""
        self._above = name
        self._play()

    def step(self):
        """Show this moment; returns the ms until the next change, 0 for never."""
        pattern = self._playing
        ms = ticks_diff(ticks_ms(), self._since)
        colour = pattern[0]
        light = level(pattern, ms) * self._brightness
        self._driver.show(
            (colour >> 16) * light // 65025,
            (colour >> 8 & 255) * light // 65025,
            (colour & 255) * light // 65025,
        )
        return wait(pattern, ms)

    def _play(self):
        pattern = PATTERNS[self._above or self._shown]
        if pattern is self._playing:
            return
        self._playing = pattern
        self._since = ticks_ms()
        if self._task:
            self._task.cancel()
        self._task = asyncio.create_task(self._run())

    async def _run(self):
        while True:
            ms = self.step()
            if not ms:
                return
            await asyncio.sleep_ms(ms)
