"""The state machine: the sole place where the state changes."""

import asyncio
import gc

from micropython import const

from core import log
from core.late import forget

IDLE = "IDLE"
WAIT_CONFIG = "WAIT_CONFIG"
CONFIGURING = "CONFIGURING"
CONNECTING_NET = "CONNECTING_NET"
CONNECTING_CLOUD = "CONNECTING_CLOUD"
RUNNING = "RUNNING"
OTA_UPGRADE = "OTA_UPGRADE"
RESET_CONFIG = "RESET_CONFIG"
REBOOT = "REBOOT"
ERROR = "ERROR"

# CONFIGURING leads to CONNECTING_NET, and CONNECTING_CLOUD to REBOOT, only while the access point stays up.
# The button leads to RESET_CONFIG and a failing storage to ERROR from every state that lasts.
# One text, not a dictionary: executed in place, it takes no memory.
NEXT = """
IDLE: WAIT_CONFIG RESET_CONFIG ERROR REBOOT
WAIT_CONFIG: CONFIGURING IDLE CONNECTING_NET RESET_CONFIG ERROR
CONFIGURING: REBOOT WAIT_CONFIG CONNECTING_NET RESET_CONFIG ERROR
CONNECTING_NET: CONNECTING_CLOUD WAIT_CONFIG CONNECTING_NET RESET_CONFIG ERROR
CONNECTING_CLOUD: RUNNING CONNECTING_NET WAIT_CONFIG RESET_CONFIG ERROR REBOOT
RUNNING: CONNECTING_NET CONNECTING_CLOUD OTA_UPGRADE RESET_CONFIG ERROR REBOOT
OTA_UPGRADE: REBOOT ERROR
RESET_CONFIG: REBOOT ERROR
ERROR: REBOOT
"""

CONFIG_STATES = (WAIT_CONFIG, CONFIGURING, IDLE, RESET_CONFIG, REBOOT, ERROR)
RUN_STATES = (CONNECTING_NET, CONNECTING_CLOUD, RUNNING, OTA_UPGRADE, RESET_CONFIG, REBOOT, ERROR)
_LIVE_STATES = (CONNECTING_NET, CONNECTING_CLOUD)

_PLACE = const("provisioning.states.")

# Why the access point opened though nobody asked for it: once, until the device was online again.
LOST = const(1)  # the network was away for long
REFUSED = const(2)  # the cloud does not take the token


def first_state(credentials):
    """Where a reset leads: to the access point with nothing to try, or when the owner asked."""
    if credentials.erasing:
        return RESET_CONFIG
    if credentials.ask or not (credentials.candidate or credentials.ready):
        return WAIT_CONFIG
    return CONNECTING_NET


def leads(state, name):
    """Whether the state of this name may come after the first."""
    at = NEXT.find("\n" + state + ": ")
    row = NEXT[at + 1 : NEXT.find("\n", at + 1)] if at >= 0 else ""
    return str(name) in row.split()[1:]


class Agent:
    """Runs one state after the other until a reset. Its personality hangs further parts on it."""

    def __init__(self, product, uid, radio, credentials, indicator, reset):
        self.product = product
        self.uid = uid
        self.radio = radio
        self.credentials = credentials
        self.indicator = indicator
        self._reset = reset
        self.portal = self.connection = None
        self.net_backoff = self.cloud_backoff = None
        self.access_point_key = ""
        self.connect = None  # makes the connection for a live try, where the chip has room for one
        self.search = None  # looks for the lost network beside the access point, likewise
        self.dual = False  # the chip can be access point and station at once, and verify certificates
        self.live = False  # a candidate is being tried while the access point stays up
        self.lost = None  # Deadline for the network to come back before the access point opens
        self.set_clock = None  # takes the Unix time that a phone knows, where certificates are verified
        self.told = None  # called with each state
        self.state = ""
        self._task = None
        self._wanted = None

    async def run(self, state, personality):
        """From the first state on. States of the other personality are reached by a reset."""
        self._enter(state)
        while self.state != REBOOT:
            state = await self._leave()
            if not leads(self.state, state):
                raise ValueError(self.state + " -> " + str(state))
            if state not in personality and not (self.live and state in _LIVE_STATES):
                log.info("agent", "restart for", state)
                break
            self._enter(state)
        await asyncio.sleep_ms(50)  # the last words reach the console
        self._reset()

    def rejected(self):
        """Where a failed candidate leads: to what is verified, or to the access point."""
        if self.live:
            self.live = False
            return WAIT_CONFIG
        return CONNECTING_NET if self.credentials.ready else WAIT_CONFIG

    def ask(self, failure, window):
        """Whether the access point opens for one window after a reset; not where nothing can be stored."""
        try:
            self.credentials.ask_again(failure.code, failure.detail, window)
        except Exception as e:  # storage's exceptions are not ours to name
            log.error("agent", "no window:", e)
            return False
        return True

    def request(self, state):
        """Leave the running state for this one; False when the table forbids it. For button and console."""
        if self._task and leads(self.state, state):
            self._wanted = state
            self._task.cancel()
            return True
        return False

    def _enter(self, state):
        self.state = state
        log.info("state", state)
        if state != REBOOT:
            self.indicator.show(state)
        if self.told:
            self.told(state)

    async def _leave(self):
        """Run the state to its end; returns the next one."""
        self._task = asyncio.create_task(_load(self.state)(self))
        try:
            state = await self._task
        except asyncio.CancelledError:
            if not self._wanted:
                raise
            state = None
        except Exception as e:
            if self.state == ERROR:
                raise
            log.exception("agent", e)
            state = ERROR
        self._task = None
        forget(_PLACE + self.state.lower())
        gc.collect()
        if self._wanted:
            state, self._wanted = self._wanted, None
        return state


def _load(state):
    """A state's code is in memory only while it runs."""
    return __import__(_PLACE + state.lower(), None, None, ("run",)).run
