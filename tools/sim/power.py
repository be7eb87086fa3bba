"""The rest of `machine`: resets and their causes, the real-time clock, the watchdog, sleep."""

from time import ticks_diff, ticks_ms

import arguments
import link
import sim_time

_chip = None
_mac = b""
_cause = 1
_memory = b""
_hz = 0


def setup(chip, mac, cause, memory):
    global _chip, _mac, _cause, _memory, _hz
    _chip, _mac, _cause, _memory = chip, mac, cause, memory
    _hz = chip["hz"]


def esp32():
    return _chip["platform"] == "esp32"


def reset():
    """Nothing after it runs, no `finally` either: the bench ends the process and starts the next."""
    link.send({"do": "reset", "cause": "reset"})
    link.stop()


def soft_reset():
    raise SystemExit  # PORT-BEHAVIOUR 2: on both ports that is all it is


def reset_cause():
    return _cause


def wake_reason():
    return 0


def unique_id():
    return _mac if esp32() else bytes((_mac[5], _mac[4], _mac[3], 0))


def freq(*args):
    global _hz
    if not args:
        return _hz
    if esp32():
        known = (20000000, 40000000, 80000000, 160000000, 240000000)
        text = "frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz"
    else:
        known = (80000000, 160000000)
        text = "frequency can only be either 80Mhz or 160MHz"
    if args[0] not in known:
        raise ValueError(text)
    _hz = args[0]


def idle():
    link.serve(0)


def lightsleep(ms=0):
    if ms:
        link.serve(ms)


def deepsleep(ms=-1):
    link.send({"do": "reset", "cause": "deepsleep", "ms": ms})
    link.stop()


def disable_irq():
    link.hold()
    return 0


def enable_irq(_):
    link.release()


class RTC:
    """One clock: it runs through a reset and starts anew at 2000-01-01 after a power cut."""

    def datetime(self, *args):
        if not args:
            us = sim_time.clock_us()
            now = sim_time.gmtime(us // 1000000)
            part = us % 1000000 if esp32() else us % 1000000 // 1000
            return now[0], now[1], now[2], now[6], now[3], now[4], now[5], part
        year, month, day, _, hour, minute, second, part = args[0]
        seconds = sim_time.mktime((year, month, day, hour, minute, second, 0, 0))
        sim_time.set_clock(seconds * 1000000 + (part if esp32() else part * 1000))

    def memory(self, *args):
        global _memory
        if not args:
            return _memory
        data = bytes(args[0])
        if len(data) > (2048 if esp32() else 492):
            raise ValueError("buffer too long")
        _memory = data
        link.send({"do": "memory", "data": data.hex()})


class WDT:
    """The bench keeps the time, so that a device which is stuck is reset as well."""

    def __init__(self, *args, **kw):
        given = arguments.parse(args, kw, ("id", "timeout"))
        timeout = given.get("timeout", 5000)
        if given.get("id", 0) != 0:
            raise ValueError()  # record: WDT(1)
        if esp32() and timeout <= 0:
            raise ValueError("WDT timeout too short")
        if not esp32() and timeout != 5000:
            raise ValueError()
        self._told = None
        self._every = timeout // 8
        link.send({"do": "watchdog", "ms": timeout})

    def feed(self):
        now = ticks_ms()
        if self._told is None or ticks_diff(now, self._told) >= self._every:
            self._told = now
            link.send({"do": "feed"})
