"""`machine.Timer`: fires from the waits, as everything that interrupts does."""

from time import ticks_add, ticks_diff, ticks_ms

import arguments
import link

_count = 4
_timers = {}


def setup(count):
    global _count
    _count = count


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __new__(cls, *args, **kw):
        arguments.positional(args, 1, 1 if not _count else 99)
        number = arguments.integer(args[0])
        # Record: Timer(-1) is Timer(3), Timer(99) too. On the ESP8266 the number is ignored: each is its own.
        timer = _timers.get(number % _count) if _count else None
        if timer is None:
            timer = object.__new__(cls)
            timer._number, timer._mode, timer._period = number % (_count or 1), 0, 0
            timer._callback = None
            if _count:
                _timers[timer._number] = timer
        if args[1:] or kw:
            timer.init(*args[1:], **kw)
        return timer

    def __repr__(self):
        mode = "PERIODIC" if self._mode else "ONE_SHOT"
        return "Timer({}, mode={}, period={})".format(self._number, mode, self._period)

    def init(self, *args, **kw):
        given = arguments.parse(args, kw, ("*mode", "*callback", "*period", "*tick_hz", "*freq", "*hard"))
        if given.get("hard") and _count:
            raise ValueError("hard Timers are not implemented")
        self.deinit()
        self._mode = 1 if given.get("mode", 1) else 0
        self._callback = given.get("callback")
        freq = given.get("freq")
        if freq:
            self._period = max(1, int(1000 / freq))
        else:
            self._period = max(0, given.get("period", -1) * 1000 // given.get("tick_hz", 1000))
        self.due = ticks_add(ticks_ms(), max(1, self._period))
        link.timers.append(self)

    def deinit(self):
        if self in link.timers:
            link.timers.remove(self)

    def fire(self, now):
        if self._mode:
            self.due = ticks_add(self.due, max(1, self._period))
        else:
            self.deinit()
        if callable(self._callback):  # record: a callback that cannot be called is accepted
            link.soft(self._callback, self)

    def value(self):
        """Milliseconds of the period that are over."""
        return self._period - max(0, ticks_diff(self.due, ticks_ms())) if self in link.timers else 0
