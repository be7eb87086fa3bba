"""How the station joins a network. A module of its own: an ESP8266 that is being set up never needs it."""

import asyncio

from micropython import const

from core import log
from core.clock import Deadline
from net.reasons import NOT_FOUND, TURNED_AWAY, Outcome

_POLL_MS = const(50)
_NO_SIGNAL = const(31)  # an ESP8266's dBm of no network
_STALE_MS = const(5000)  # by then an attempt that fails has failed: not found takes 2.4 s, a handshake 3 s


class JoinError(Exception):
    """A network that was not joined: `reason` is one of net.reasons, `detail` for people, or empty."""

    def __init__(self, reason, detail=""):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def signal(sta):
    """dBm of the network that the station is associated with, None without one."""
    try:
        rssi = sta.status("rssi")
    except (OSError, RuntimeError):
        return None
    return None if rssi == _NO_SIGNAL else rssi


async def join(radio, ssid, password, static, deadline, bssid, tries):
    """Join before the deadline, or raise JoinError with the most telling reason."""
    if radio.esp32:
        from net.reasons_esp32 import failure
    else:
        from net.reasons import esp8266 as failure
    outcome = Outcome(failure, bool(password))
    try:
        for number in range(tries):
            outcome.begin(_start(radio, ssid, password, static, bssid))
            if await _joins(radio, outcome, deadline):
                return
            log.info("wifi", "try", number + 1, "failed, status", radio.sta.status())
            if not deadline.left() or bssid and outcome.reason == NOT_FOUND:  # it was a guess
                break
    except (OSError, RuntimeError, ValueError) as e:
        log.warn("wifi", "join:", e)
        raise JoinError(TURNED_AWAY, str(e))
    raise JoinError(outcome.reason, outcome.detail)


def _start(radio, ssid, password, static, bssid):
    """Begin to join; returns what status() shows of an earlier failure."""
    radio.stop()
    sta = radio.sta
    if not sta.active():
        sta.active(True)
    if radio.esp32:
        sta.config(reconnects=0)  # we try again, and status() shows the raw reason
    if radio.awake:
        sta.config(pm=sta.PM_NONE)
    if static:
        sta.ifconfig(tuple(static.split(",")))
    elif radio.static:  # the port keeps an address of an earlier network until told
        sta.ifconfig("dhcp")  # pyright: ignore[reportArgumentType]  the stubs know the tuple only
    radio.static = bool(static)
    stale = sta.status()
    _connect(radio, ssid, password, bssid)
    return stale


def _connect(radio, ssid, password, bssid):
    wanted = ssid, password, bssid
    kept, radio.kept = radio.kept, None
    if wanted == kept:
        radio.sta.connect()
    elif bssid:
        radio.sta.connect(ssid, password, bssid=bssid)
    else:
        radio.sta.connect(ssid, password)
    if not radio.esp32:  # it writes its flash whenever it is told a network
        radio.kept = wanted


async def _joins(radio, outcome, deadline):
    """Whether this try gets an address. status() is only a hint: time decides."""
    sta = radio.sta
    young = Deadline(_STALE_MS)
    while not sta.isconnected():
        if not deadline.left():
            outcome.over(sta.status(), True)  # what is still said of an earlier try is the likeliest
            outcome.expired(signal(sta) is not None)
            return False
        # Who is associated waits for an address: the status is still that of an earlier failure.
        if outcome.over(sta.status(), not young.left() and signal(sta) is None):
            return False
        await asyncio.sleep_ms(_POLL_MS)
    return True
