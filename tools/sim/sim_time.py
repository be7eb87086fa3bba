"""`time` as the ESP ports have it: epoch 2000, 30-bit ticks from boot, sleeps that let interrupts in."""

import time as native

import link

_EPOCH = 946684800  # 2000-01-01 in Unix time; PORT-BEHAVIOUR 5: epoch 2000, time() int
_WRAP = (1 << 30) - 1
_HALF = 1 << 29

_boot_ms = native.ticks_ms()
_boot_us = native.ticks_us()
_clock_us = 0  # what the clock showed at boot


def start_clock(us):
    """The clock's value at boot: 0 after a power cut, running on through a reset."""
    global _clock_us
    _clock_us = us


def clock_us():
    return _clock_us + native.ticks_diff(native.ticks_us(), _boot_us)


def set_clock(us):
    start_clock(us - native.ticks_diff(native.ticks_us(), _boot_us))
    link.send({"do": "clock", "us": us})


def time():
    return clock_us() // 1000000


def time_ns():
    return clock_us() * 1000


def gmtime(seconds=None):
    return native.gmtime((time() if seconds is None else int(seconds)) + _EPOCH)[:8]


localtime = gmtime


def mktime(moment):
    return int(native.mktime(moment)) - _EPOCH


def ticks_ms():
    return native.ticks_diff(native.ticks_ms(), _boot_ms) & _WRAP


def ticks_us():
    return native.ticks_diff(native.ticks_us(), _boot_us) & _WRAP


ticks_cpu = ticks_us


def ticks_add(ticks, delta):
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return ticks + delta & _WRAP


def ticks_diff(end, start):
    return (end - start + _HALF & _WRAP) - _HALF


def sleep(seconds):
    link.serve(int(seconds * 1000))


def sleep_ms(ms):
    if ms > 0:
        link.serve(ms)


def sleep_us(us):
    if us >= 1000:
        link.serve(us // 1000)
    native.sleep_us(us % 1000)
