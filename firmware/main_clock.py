"""The clock, which certificates are judged by: never before the build date, and set as well as can be."""

import asyncio
import time

from machine import RTC
from micropython import const

from core import log
from core.date import unix

_DAY_S = const(86400)
_LATEST = const(3000000000)  # January 2065: the ports' gmtime() ends in 2068
# The boards count from 2000.
_START = 946684800 if time.gmtime(0)[0] == 2000 else 0


def built(text):
    """Unix seconds of "Nov 22 2026 12:00:00". Raises ValueError."""
    try:
        month, day, year, clock = text.split()
        return unix(day, month, year, clock)
    except ValueError:
        raise ValueError('FIRMWARE_BUILD: write it like "Nov 22 2026 12:00:00"')


class Clock:
    """All times are Unix seconds."""

    def __init__(self, build):
        self._floor = built(build)
        self._sure = False  # has been asked for since the reset, or cannot be had

    def now(self):
        return int(time.time()) + _START

    def is_set(self):
        """Whether the time can be right: it is not before the build date."""
        return self.now() >= self._floor - _DAY_S  # in which zone that was nobody knows

    def set(self, seconds):
        """Take this time; False when it cannot be right."""
        if not self._floor - _DAY_S <= seconds <= _LATEST:
            return False
        year, month, day, hour, minute, second = time.gmtime(seconds - _START)[:6]
        RTC().datetime((year, month, day, 0, hour, minute, second, 0))
        log.info("clock", "set to", "{}-{:02}-{:02} {:02}:{:02}".format(year, month, day, hour, minute))
        return True

    def doubt(self):
        """Ask anew next time: a certificate was refused, which a wrong clock can be the reason of."""
        self._sure = False

    async def ensure(self, host, ms, url=""):
        """Ask an NTP server once a boot, else whoever answers for `url`.

        With no answer a clock that can be right stays as it is, and another starts at the build date.
        """
        if self._sure:
            return
        if self.set(await _asked(host, ms) or (url and await _told(url, ms)) or 0):
            self._sure = True
        elif self.is_set():
            self._sure = True
            log.warn("clock", "nobody tells the time: it stays as it is")
        else:
            self.set(self._floor)
            log.warn("clock", "nobody tells the time: it starts at the build date")


async def _asked(host, ms):
    from net.ntp import now

    try:
        return await now(host, ms)
    except (OSError, ValueError, asyncio.TimeoutError) as e:
        log.info("clock", "NTP:", repr(e))
        return 0


async def _told(url, ms):
    from net.probe import told

    return await told(url, ms)
