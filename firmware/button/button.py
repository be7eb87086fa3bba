"""The button: debounced presses, told as hold phases and clicks, also while something blocks the device."""

import asyncio
from time import ticks_diff, ticks_ms

from machine import Pin
from micropython import const

from core import log

_GAP_MS = const(100)  # nobody lets go and presses again faster: an edge in a shorter gap is the contact's

# What can be known of a press. While an ESP8266 scans, an ESP32 only where it has no memory for a thread, or
# while a chip computes for TLS, an interrupt's handler has to wait. So the moment of an edge is not known,
# only what the pin shows at each look, and that some edge lies between two looks. All else follows:
# - A hold counts from the first look that saw it down, and anew after a gap that hides an edge: it may have
#   been let go there and pressed again. What is counted has been held.
# - It was let go after the last look that saw it down and before the first that saw it up: in a phase when
#   both are in it, else it counts for nothing.
# - What begins and ends between two looks may have been a click or fifteen seconds. It is nothing.


class Button:
    """`phases` are hold times in ms; the last is that of a stuck button, which is ignored until it is let go.

    on_phase(n) tells that the n-th begins, 0 that none is left; on_release(n) that it was let go in the n-th;
    on_click(count) of a click, 2 when it is the second within `double_ms`.
    """

    def __init__(self, pin, active_low, debounce_ms, double_ms, phases, on_phase, on_release, on_click):
        self._active_low = active_low
        if active_low:
            self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)
        elif hasattr(Pin, "PULL_DOWN"):
            self._pin = Pin(pin, Pin.IN, Pin.PULL_DOWN)  # pyright: ignore[reportAttributeAccessIssue]  ESP32's
        else:
            self._pin = Pin(pin, Pin.IN)  # an ESP8266: the board has its own resistor
        self._debounce = debounce_ms
        self._double = double_ms
        self._phases = phases
        self._on_phase = on_phase
        self._on_release = on_release
        self._on_click = on_click
        self._edge = asyncio.ThreadSafeFlag()
        self._down = False  # at the last look
        self._bounce = False  # seen up a moment ago: the contact may only have bounced
        self._looked = self._since = self._last = self._up = ticks_ms()
        self._pin.irq(handler=self._moved, trigger=Pin.IRQ_RISING | Pin.IRQ_FALLING)

    def pressed(self):
        return bool(self._pin.value()) != self._active_low

    async def run(self):
        """Watch until cancelled. A button held since before the start counts from its first release."""
        if self.pressed():
            log.warn("button", "held at the start: ignored until it is let go")
            await self._settled(False)
        while True:
            await self._settled(True)
            if await self._clicks():
                double = await self._again() and await self._clicks()
                _tell(self._on_click, 2 if double else 1)

    async def _clicks(self):
        """Follow a press to its end and tell of it; True when it was a click."""
        told = phase = 0
        while not self._released():
            phase = self._phase(self._last)
            if phase != told:
                told = phase
                _tell(self._on_phase, phase)
            if phase == len(self._phases):
                log.warn("button", "stuck: ignored until it is let go")
                await self._settled(False)
                break
            await asyncio.sleep_ms(self._debounce)
            self._look(False)
        if told:
            _tell(self._on_phase, 0)
        if phase != self._phase(self._up) or phase == len(self._phases):
            return False
        if phase:
            _tell(self._on_release, phase)
        return not phase

    def _released(self):
        return self._bounce and ticks_diff(self._looked, self._up) >= self._debounce

    async def _again(self):
        """True when it is pressed once more within the time of a double click."""
        try:
            await asyncio.wait_for_ms(self._settled(True), self._double)
        except asyncio.TimeoutError:
            return False
        return True

    async def _settled(self, pressed):
        """Wait until it has been so for the debounce time."""
        while True:
            while self.pressed() != pressed:
                self._bounce = False
                await self._edge.wait()
            await asyncio.sleep_ms(self._debounce)
            self._look(False)
            if self._down == pressed:
                return

    def _phase(self, ticks):
        """The number of phases that the hold had reached at that moment."""
        held = ticks_diff(ticks, self._since)
        phase = 0
        for ms in self._phases:
            phase += held >= ms
        return phase

    def _look(self, moved):
        """Take this moment down; `moved`: after an edge. Interrupts call it, so it uses no memory."""
        now = ticks_ms()
        if self.pressed():
            if self._down:
                again = moved and ticks_diff(now, self._looked) > _GAP_MS
            else:
                again = not self._bounce or ticks_diff(now, self._up) > self._debounce
            if again:
                self._since = now
            self._last = now
            self._down, self._bounce = True, False
        elif self._down:
            self._up = now
            self._down, self._bounce = False, True
        self._looked = now

    def _moved(self, _):
        self._look(True)
        self._edge.set()


def _tell(callback, number):
    """What listens may fail; the button goes on."""
    try:
        callback(number)
    except Exception as e:
        log.exception("button", e)
