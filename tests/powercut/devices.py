"""Whole virtual devices whose power fails (SIGKILL) at random moments of their lives."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from firstlight.home.household import QUICK, Household
from firstlight.phone import ProvisioningFailed
from firstlight.phone.portal import PortalUnreachable

# Waiting times scaled as in the end-to-end tests; how the device behaves is the product's.
QUICKER = {
    **QUICK,
    "FAREWELL_S": 0.1,
    "BUTTON_NOTICE_S": 0.1,
    "BUTTON_ERASE_S": 0.2,
    "BUTTON_CANCEL_S": 5,
}
ENDS = ("WAIT_CONFIG", "RUNNING")
TEMPLATE = "TMPL00000000"
# A candidate has one try: when the network lets it down, the device says so and asks again.
_REFUSED = re.compile(r" W (wifi|cloud) 7\d\d ")
BOOTS_WITHIN_S = 30.0


@dataclass
class Tally:
    """What happened to one device, or to several."""

    cuts: Counter[str] = field(default_factory=Counter)  # by the state in which power failed
    ways: Counter[str] = field(default_factory=Counter)  # how often it was configured so
    problems: list[str] = field(default_factory=list)
    let_down: int = 0  # candidates that the network failed, and that were reported and dropped

    @property
    def counted(self) -> int:
        """Cuts of a device on its way from power-on to RUNNING, or back to unboxed."""
        return self.cuts.total() - self.cuts["RUNNING"]

    def add(self, other: Tally) -> None:
        self.cuts += other.cuts
        self.ways += other.ways
        self.problems += other.problems
        self.let_down += other.let_down


class Life:
    """One device that is set up, cut, erased, cut, set up again, and what must be true of it each time."""

    def __init__(self, home: Household, seed: int) -> None:
        self._home = home
        self._random = random.Random(seed)
        self._verified = False  # a verified record is on its flash, for certain
        self._answer: asyncio.Task[bool] | None = None
        self.tally = Tally()

    async def live(self, cuts: int) -> None:
        """From unboxed on, until power has failed so often while it was not RUNNING."""
        await self._home.device.start()
        await self._settled()
        while self.tally.counted < cuts:
            await self._cut()

    async def _cut(self) -> None:
        device = self._home.device
        if device.state == "RUNNING" and self._random.random() < 0.5:
            await self._start_anew()
        began = len(device.events)
        works = _WAITING if device.state == "WAIT_CONFIG" else _RUNNING
        seconds = await self._random.choice(works)(self)
        await asyncio.sleep(self._random.uniform(0, seconds))
        self.tally.cuts[device.state or "boot"] += 1
        await device.power_cut()
        stored = await self._stored()
        said = self._said(began)
        await device.power_on()
        end = await self._settled()
        self._judge(said, self._said(began), stored, end)
        self._verified = end == "RUNNING"

    async def _start_anew(self) -> None:
        """Erase it undisturbed: setting it up is what is to be cut most often."""
        await self._erase()
        if await self._settled() != "WAIT_CONFIG":
            self._problem("not erased", self._said(0))
        self._verified = False

    def _judge(self, before: str, whole: str, stored: bool, end: str | None) -> None:
        """`before`: what it had said when power failed; `whole`: that, and the boot after it."""
        erasing = "state RESET_CONFIG" in before
        verified = (self._verified or "credentials verified" in before) and not erasing
        if end is None:
            self._problem("stuck", whole)
        elif "unreadable" in whole or "Traceback" in whole:
            self._problem("half", whole)
        elif verified and end != "RUNNING":
            self._problem("lost", whole)
        elif stored and end != "RUNNING":
            if _REFUSED.search(whole):
                self.tally.let_down += 1
            else:
                self._problem("lost", whole)
        elif "storage erased" in before and end == "RUNNING":
            self._problem("not erased", whole)

    def _problem(self, kind: str, whole: str) -> None:
        self.tally.problems.append(f"{kind}: {whole[-300:]}")

    def _said(self, began: int) -> str:
        events = self._home.device.events[began:]
        return "\n".join(event["line"] for event in events if event["event"] == "log")

    async def _settled(self, ends: tuple[str, ...] = ENDS) -> str | None:
        """The state in which it comes to rest, or None."""
        deadline = time.monotonic() + BOOTS_WITHIN_S
        while time.monotonic() < deadline:
            if self._home.device.state in ends:
                return self._home.device.state
            await asyncio.sleep(0.01)
        return None

    # What power fails in. Each returns for how many seconds more something is going on.

    async def _configure(self) -> float:
        """By the app or, where the chip can, live before the page's eyes; with a token or a claim code."""
        account = self._home.account
        live = self._home.device.board.is_esp32 and self._random.random() < 0.5
        if self._random.random() < 0.5:
            credential = "claim code"
            fields = {"claim": (await account.new_claim_code(TEMPLATE, "Device")).code}
        else:
            credential = "token"
            token = await account.new_token(TEMPLATE, "Device")
            fields = {"token": token.token, "host": token.server}
        self.tally.ways[f"{'live' if live else 'classic'}, {credential}"] += 1
        self._answer = asyncio.create_task(self._hand_over(fields, {"live": 1} if live else {}))
        return self._random.choice((0.5, 2.2)) if live else 0.5  # live it stays for the page's farewell

    async def _hand_over(self, fields: dict[str, str], more: dict[str, int]) -> bool:
        """True when the portal has said that it has stored it."""
        home = self._home
        while True:
            try:
                await home.portal.configure(home.ssid, home.password, **fields, **more)
                return True
            except (PortalUnreachable, ProvisioningFailed):
                await asyncio.sleep(0.05)  # its access point is not up yet

    async def _stored(self) -> bool:
        task, self._answer = self._answer, None
        if not task:
            return False
        task.cancel()
        return (await asyncio.gather(task, return_exceptions=True))[0] is True

    async def _erase(self) -> float:
        device = self._home.device
        device.press()
        try:
            await device.wait("log", line=lambda line: "held, phase 2" in line)
        finally:
            device.release()
        await self._settled(("RESET_CONFIG",))
        return 1.0

    async def _restart(self) -> float:
        await self._home.device.reset()
        return 0.2


_WAITING = (Life._configure,) * 4 + (Life._restart,)
_RUNNING = (Life._erase, Life._erase, Life._restart)


async def lives(directory: Path, seed: int, cuts: int, storage: str = "file", **options: object) -> Tally:
    """One device in a household of its own."""
    overrides = {**QUICKER, "STORAGE": storage}
    async with Household(directory, scale=0.02, overrides=overrides, **options) as home:
        life = Life(home, seed)
        await life.live(cuts)
        return life.tally
