"""Whole virtual devices whose power fails (SIGKILL) at random moments of their lives."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from pathlib import Path

from firstlight.home.household import Household
from firstlight.phone import ProvisioningFailed
from firstlight.phone.portal import PortalUnreachable

# Waiting times scaled as in the end-to-end tests; how the device behaves is the product's.
QUICK = {
    "REPLY_S": 0.1,
    "BACKOFF_MOST_S": 1,
    "NET_TIMEOUT_S": 3,
    "CLOUD_TIMEOUT_S": 3,
    "PATIENCE_S": 2,
    "ERROR_S": 1,
    "BUTTON_NOTICE_S": 0.1,
    "BUTTON_ERASE_S": 0.2,
    "BUTTON_CANCEL_S": 5,
}
ENDS = ("WAIT_CONFIG", "RUNNING")
# A candidate has one try: when the network lets it down, the device says so and asks again.
_REFUSED = re.compile(r" W (wifi|cloud) 7\d\d ")
BOOTS_WITHIN_S = 30.0


class Life:
    """One device that is set up, cut, erased, cut, set up again, and what must be true of it each time."""

    def __init__(self, home: Household, seed: int) -> None:
        self._home = home
        self._random = random.Random(seed)
        self._verified = False  # a verified record is on its flash, for certain
        self.cuts: Counter[str] = Counter()  # by the state in which power failed
        self.problems: list[str] = []
        self.let_down = 0  # candidates that the network failed, and that were reported and dropped

    async def live(self, cuts: int) -> None:
        """From unboxed on, through this many power cuts."""
        device, account = self._home.device, self._home.account
        self._token = await account.new_token("TMPL00000000", "Device")
        await device.start()
        await self._settled()
        for _ in range(cuts):
            await self._cut()

    async def _cut(self) -> None:
        device = self._home.device
        began = len(device.events)
        fresh = device.state == "WAIT_CONFIG"
        work, seconds = _CONFIGURE if fresh else self._random.choice(_RUNNING)
        task = asyncio.create_task(work(self))
        await asyncio.sleep(self._random.uniform(0, seconds))
        self.cuts[device.state or "boot"] += 1
        await device.power_cut()
        task.cancel()
        stored = (await asyncio.gather(task, return_exceptions=True))[0] is True
        said = self._said(began)
        await device.power_on()
        end = await self._settled()
        self._judge(said, self._said(began), stored, end)
        self._verified = end == "RUNNING"

    def _judge(self, before: str, whole: str, stored: bool, end: str | None) -> None:
        """`before`: what it had said when power failed; `whole`: that, and the boot after it."""
        erasing = "state RESET_CONFIG" in before
        verified = (self._verified or "credentials verified" in before) and not erasing
        if end is None:
            self.problems.append("stuck: " + whole[-300:])
        elif "unreadable" in whole or "Traceback" in whole:
            self.problems.append("half: " + whole[-300:])
        elif verified and end != "RUNNING":
            self.problems.append("lost: " + whole[-300:])
        elif stored and end != "RUNNING":
            if _REFUSED.search(whole):
                self.let_down += 1
            else:
                self.problems.append("lost: " + whole[-300:])
        elif "storage erased" in before and end == "RUNNING":
            self.problems.append("not erased: " + whole[-300:])

    def _said(self, began: int) -> str:
        events = self._home.device.events[began:]
        return "\n".join(event["line"] for event in events if event["event"] == "log")

    async def _settled(self) -> str | None:
        """The state in which it comes to rest, or None."""
        deadline = time.monotonic() + BOOTS_WITHIN_S
        while time.monotonic() < deadline:
            if self._home.device.state in ENDS:
                return self._home.device.state
            await asyncio.sleep(0.02)
        return None

    async def _configure(self) -> bool:
        """Whether the portal said that it has stored it."""
        home = self._home
        while True:
            try:
                token = self._token
                await home.portal.configure(home.ssid, home.password, token=token.token, host=token.server)
                return True
            except (PortalUnreachable, ProvisioningFailed):
                await asyncio.sleep(0.05)  # its access point is not up yet

    async def _erase(self) -> None:
        await asyncio.sleep(0.1)
        await self._home.device.hold(0.5)

    async def _restart(self) -> None:
        await self._home.device.reset()


# What is going on when power fails, and for how long about.
_CONFIGURE = (Life._configure, 1.0)
_RUNNING = ((Life._erase, 2.0), (Life._restart, 0.7))


async def lives(directory: Path, seed: int, cuts: int, **options: object) -> Life:
    """One device in a household of its own."""
    async with Household(directory, scale=0.02, overrides={**QUICK}, **options) as home:
        life = Life(home, seed)
        await life.live(cuts)
        return life
