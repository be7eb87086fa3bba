"""The button: debounced presses, timed from the interrupt, told as hold phases and clicks."""

import asyncio
from time import ticks_diff, ticks_ms

from machine import Pin

from core import log
from core.clock import Deadline


class Button:
    """`phases` are hold times in ms; on_phase(n): the n-th is reached; on_release(n): what it ended in."""

    def __init__(self, pin, active_low, debounce_ms, phases, on_phase, on_release):
        self._active_low = active_low
        if active_low:
            self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)
        elif hasattr(Pin, "PULL_DOWN"):
            self._pin = Pin(pin, Pin.IN, Pin.PULL_DOWN)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            self._pin = Pin(pin, Pin.IN)  # an ESP8266: the board has its own resistor
        self._debounce = debounce_ms
        self._phases = phases
        self._on_phase = on_phase
        self._on_release = on_release
        self._edge = asyncio.ThreadSafeFlag()
        self._edge_at = 0
        self._pin.irq(handler=self._moved, trigger=Pin.IRQ_RISING | Pin.IRQ_FALLING)

    def pressed(self):
        return bool(self._pin.value()) != self._active_low

    async def run(self):
        """Watch until cancelled. A button held since before the start counts from its first release."""
        if self.pressed():
            log.warn("button", "held at the start: ignored until it is let go")
        await self._settled(False)
        while True:
            began = await self._settled(True)
            phase = await self._hold(began)
            self._on_release(phase)

    async def _hold(self, began):
        """The phase that a press which began at these ticks ends in."""
        for phase, ms in enumerate(self._phases):
            left = ms - ticks_diff(ticks_ms(), began)
            if left <= 0 or not await self._released(left):
                released_at = None if self.pressed() else self._edge_at
                if released_at is not None and ticks_diff(released_at, began) < ms:
                    return phase  # it was let go in time, while the device was busy
                self._on_phase(phase + 1)
            else:
                return phase
        await self._settled(False)
        return len(self._phases)

    async def _released(self, ms):
        """True when it is let go, and stays so, within `ms`."""
        deadline = Deadline(ms)
        while deadline.left():
            if not self.pressed():
                await asyncio.sleep_ms(self._debounce)
                if not self.pressed():
                    return True
            try:
                await asyncio.wait_for_ms(self._edge.wait(), deadline.left())
            except asyncio.TimeoutError:
                pass
        return False

    async def _settled(self, pressed):
        """Wait until it has been so for the debounce time; returns the ticks when that began."""
        while True:
            while self.pressed() != pressed:
                await self._edge.wait()
            began = self._edge_at
            await asyncio.sleep_ms(self._debounce)
            if self.pressed() == pressed:
                return began

    def _moved(self, _):
        self._edge_at = ticks_ms()
        self._edge.set()
