"""Plays a pattern on a driver: one task, asleep while nothing changes."""

import asyncio
from asyncio import core  # pyright: ignore[reportAttributeAccessIssue]  the stubs are CPython's
from time import ticks_diff, ticks_ms

from micropython import const

from led.patterns import level, pattern, wait

_REST_MS = const(1 << 28)  # three days: nothing changes
_AGAIN_MS = const(1000)


class Light:
    """`rows` come before those of led.patterns. What is lit lies between `least` and `most`, 0 to 255."""

    def __init__(self, driver, rows, most=255, least=0):
        self._driver = driver
        self._rows = rows
        self._most = most
        self._least = min(least, most)
        self._row = None
        self._began = 0
        self._shown = 0
        self._task = None

    def play(self, name):
        """Begin this pattern, at once: the caller may be about to block. None is dark.

        Raises what is wrong with a row that cannot be played; the light then goes on as before.
        """
        row = None
        if name is not None:
            row = self._rows.get(name) or pattern(name)
            level(row, 0)
            wait(row, 0)
        self._row = row
        if not row:
            self._show(0, 0)
            return
        self._began = ticks_ms()
        self._shown = -1
        self._sleep(self.step())

    def _sleep(self, ms):
        """One task for all patterns, whose sleep is changed: cancelled ones would keep each other in memory.

        In a task, MicroPython's queue leaves a pointer to another, so chains of dead ones can grow for ever.
        """
        if not self._task or self._task.done():
            self._task = asyncio.create_task(self._run(ms))
        else:
            queue = core._task_queue
            queue.remove(self._task)
            queue.push(self._task, core.ticks_add(core.ticks(), ms))

    def step(self):
        """Show this moment, if it looks otherwise than the last; returns the ms until the next look."""
        row = self._row
        if not row:
            return _REST_MS
        ms = ticks_diff(ticks_ms(), self._began)
        light = level(row, ms)
        if light:
            light = self._least + (self._most - self._least) * light // 255
        if light != self._shown:
            self._shown = light
            if not self._show(row[0], light):
                self._shown = -1
                return _AGAIN_MS
        return wait(row, ms) or _REST_MS

    def _show(self, colour, light):
        """Whether the lamp took it: an ESP32 sets its RMT up at each write to a WS2812, memory permitting."""
        try:
            self._driver.show(colour, light)
        except OSError:
            return False
        return True

    async def _run(self, ms):
        while True:
            await asyncio.sleep_ms(ms)
            ms = self.step()
