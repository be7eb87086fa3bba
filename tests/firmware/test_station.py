import asyncio

from core.clock import Deadline
from net import station
from net.reasons import NOT_FOUND

STALE, CONNECTING, GOT_IP = 201, 1001, 1010


class Sta:
    """An ESP32's: its status stays that of an earlier failure until it has an address."""

    PM_NONE = 0

    def __init__(self, associates, address_ms):
        self._associates, self._address_ms = associates, address_ms
        self._since = None

    def active(self, *args):
        return True

    def config(self, **settings):
        pass

    def connect(self, *args, **more):
        self._since = Deadline(self._address_ms)

    def isconnected(self):
        return bool(self._associates and self._since and not self._since.left())

    def status(self, what=None):
        if what == "rssi":
            if not self._associates or not self._since:
                raise OSError("Wifi Not Connected")
            return -60
        return GOT_IP if self.isconnected() else STALE


class Radio:
    esp32 = True
    awake = static = False
    kept = None

    def __init__(self, sta):
        self.sta = sta

    def stop(self):
        pass


async def join(sta, ms):
    station.Deadline = lambda _: Deadline(50)  # in the place of 5 s
    try:
        await station.join(Radio(sta), b"Home", b"12345678", "", Deadline(ms), None, 1)
    finally:
        station.Deadline = Deadline


async def test_a_slow_lease_after_a_failure():
    """A repeater that takes its time: nothing but the address ends the old status."""
    await join(Sta(True, 400), 2000)


async def test_the_same_failure_again_ends_the_try():
    try:
        await asyncio.wait_for_ms(join(Sta(False, 0), 5000), 2000)
    except station.JoinError as e:
        assert e.reason == NOT_FOUND
    else:
        raise AssertionError
