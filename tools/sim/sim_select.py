"""`select` whose waits also hear the bench: it is how interrupts reach a sleeping asyncio loop."""

import io
import select as native
from time import ticks_add, ticks_diff, ticks_ms

import link

POLLIN = native.POLLIN
POLLOUT = native.POLLOUT
POLLERR = native.POLLERR
POLLHUP = native.POLLHUP

_POLL = 3  # MP_STREAM_POLL
_TICK_MS = 10  # PORT-BEHAVIOUR 6: how soon an ESP32's poll sees what another thread has set
_NOTHING = ()

wire = None  # set by the launcher


class Poll:
    """`select.poll()`: the native one with the bench's wire always in it.

    Objects of Python classes (ThreadSafeFlag) stay out of the native poller, which would look at them every
    millisecond: only what the bench sends and other threads can change them, so they are asked before and
    after that, and every tick while there are threads.
    """

    def __init__(self):
        self._native = native.poll()
        self._native.register(wire, POLLIN)
        self._soft = []
        self._ready = []

    def register(self, obj, mask=POLLIN | POLLOUT):
        if isinstance(obj, io.IOBase):
            self._forget(obj)
            self._soft.append((obj, mask))
        else:
            self._native.register(obj, mask)

    def modify(self, obj, mask):
        if isinstance(obj, io.IOBase):
            self.register(obj, mask)
        else:
            self._native.modify(obj, mask)

    def unregister(self, obj):
        if isinstance(obj, io.IOBase):
            self._forget(obj)
        else:
            self._native.unregister(obj)

    def _forget(self, obj):
        self._soft = [entry for entry in self._soft if entry[0] is not obj]

    def _look(self, ms):
        """Wait in the native poller; True when the bench was heard."""
        heard = False
        for obj, events in self._native.ipoll(ms):
            if obj is wire:
                heard = True
            elif not self._holds(obj):  # a second look sees what the first one saw
                self._ready.append((obj, events))
        return heard

    def _wait(self, end):
        """Until something is ready or it is `end` (None: for ever)."""
        while True:
            threads = link.threads
            self._ask_soft()
            left = -1 if end is None else max(0, ticks_diff(end, ticks_ms()))
            if threads and not 0 <= left < _TICK_MS:
                left = _TICK_MS
            heard = self._look(0 if self._ready else link.first_timer(left))
            if heard:
                link.receive()
            link.run_timers()
            if self._ready or (end is not None and ticks_diff(end, ticks_ms()) <= 0):
                if not heard:
                    return
                end = ticks_ms()  # what the bench sent may have set a flag: look once more

    def _holds(self, obj):
        return any(entry[0] is obj for entry in self._ready)

    def _ask_soft(self):
        for obj, mask in self._soft:
            events = obj.ioctl(_POLL, mask)
            if events and not self._holds(obj):
                self._ready.append((obj, events))

    def poll(self, ms=-1, flags=0):
        end = ticks_add(ticks_ms(), ms) if ms >= 0 else None
        if self._soft or link.timers:
            self._wait(end)
        elif self._look(ms):  # most turns of a loop end in this one look
            link.receive()
            self._wait(end)
        if not self._ready:
            return _NOTHING  # neither memory nor, as an iterator's end would be, an exception
        ready, self._ready = self._ready, []
        if flags & 1:
            for obj, _ in ready:
                self.modify(obj, 0)
        return ready

    ipoll = poll


def poll():
    return Poll()
