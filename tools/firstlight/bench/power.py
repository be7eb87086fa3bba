"""A chip's life: power-on, resets, sleep, and the cut that ends it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine

from firstlight.bench.events import Events
from firstlight.bench.process import Chip
from firstlight.bench.rtc import Rtc
from firstlight.bench.serial import Serial
from firstlight.bench.software import Software
from firstlight.bench.storage import Storage
from firstlight.bench.surroundings import Surroundings
from firstlight.bench.watchdog import Watchdog

_STATE = re.compile(r"\d+ [A-Z] state (\S+)$")


class Power:
    """Starts and ends the processes that are one chip, and hears what its stand-ins say of it.

    around, serial: set before it is switched on; serial stays None where it has no port.
    """

    around: Surroundings
    serial: Serial | None = None

    def __init__(
        self, told: Callable[[], dict], software: Software, storage: Storage, events: Events
    ) -> None:
        """told: what the stand-ins have to know of the board at a boot."""
        self._told = told
        self._software = software
        self._storage = storage
        self._events = events
        self._chip: Chip | None = None
        self._turn = asyncio.Lock()
        self._rtc = Rtc()
        self._tasks: set[asyncio.Task] = set()
        self._watchdog = Watchdog(lambda: self._spawn(self.restart("watchdog")))
        self._over = False
        self.state: str | None = None  # as the firmware's log tells it; None before the first one of a boot

    @property
    def on(self) -> bool:
        return self._chip is not None

    @property
    def pid(self) -> int | None:
        """The process that is the chip, None while it has no power."""
        return self._chip.pid if self._chip else None

    def send(self, message: dict) -> None:
        """Tell its stand-ins something; lost while it has no power."""
        if self._chip:
            self._chip.send(message)

    def type(self, data: bytes) -> None:
        """Put bytes on its console; lost while it has no power."""
        if self._chip:
            self._chip.type(data)

    async def switch_on(self) -> None:
        """Nothing happens when it is."""
        async with self._turn:
            if not self._chip and not self._over:
                self._rtc.lose()
                await self._boot("power-on")

    async def cut(self) -> None:
        """No code of it runs any more, and its RAM and clock are lost."""
        async with self._turn:
            if self._chip:
                await self._stop()
                self._events.emit("off")

    async def end(self) -> None:
        """Cut it for good."""
        self._over = True
        await self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def restart(self, cause: str, keeps_rtc: bool = True) -> None:
        """Reset it; nothing happens while it has no power."""
        async with self._turn:
            if not self._chip:
                return
            self._events.emit("reset", cause=cause)
            await self._stop()
            if not keeps_rtc:
                self._rtc.lose()
            await self._boot(cause)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _boot(self, cause: str) -> None:
        if self.serial and cause != "soft-reset":
            self.serial.raw_repl = False
        config = {
            **self._told(),
            **self._software.told(),
            "cause": cause,
            "memory": self._rtc.memory,
            "clock_us": self._rtc.us,
            "sdk": self._storage.fact("sdk"),
            "serial": self.serial is not None,
            "raw_repl": self.serial is not None and self.serial.raw_repl,
        }
        chip = Chip(
            lambda message: self._message(chip, message),
            self._line,
            lambda status: self._died(chip, status),
            self.serial,
        )
        self._events.emit("boot", cause=cause, board=config["board"], mac=self._storage.told_mac)
        self._chip = chip
        await chip.start(config, self._software.heap, self._software.command)

    async def _stop(self) -> None:
        """End the process and what it was a part of, in the order in which a power cut is felt outside."""
        self._watchdog.stop()
        chip, self._chip = self._chip, None
        await self.around.power_off()
        await chip.kill()
        await self.around.settle()
        self.state = None

    async def _soft_reset(self) -> None:
        """Ctrl-D at the prompt."""
        await self.serial.say(b"MPY: soft reboot\n")
        await self.restart("soft-reset")

    async def _deep_sleep(self, ms: int) -> None:
        """The chip is off, its real-time clock is not."""
        async with self._turn:
            if not self._chip:
                return
            self._events.emit("reset", cause="deepsleep")
            await self._stop()
        if ms >= 0:
            await asyncio.sleep(ms / 1000)
            async with self._turn:
                if not self._chip and not self._over:
                    await self._boot("deepsleep")

    def _line(self, line: str) -> None:
        self._events.emit("log", line=line)
        if found := _STATE.match(line):
            self.state = found[1]
            self._events.emit("state", state=self.state)

    def _died(self, chip: Chip, status: int) -> None:
        if chip is self._chip and self.serial:
            self._spawn(self._soft_reset())
        elif chip is self._chip:
            self._events.emit("log", line=f"bench: MicroPython ended with status {status}")
            self._events.emit("halt")

    def _message(self, chip: Chip, message: dict) -> None:
        if chip is self._chip and not self.around.hear(message):
            _HANDLERS[message["do"]](self, message)

    def _on_memory(self, message: dict) -> None:
        self._rtc.memory = message["data"]

    def _on_clock(self, message: dict) -> None:
        self._rtc.set(message["us"])

    def _on_keep(self, message: dict) -> None:
        self._storage.keep("sdk", message["sdk"])

    def _on_watchdog(self, message: dict) -> None:
        self._watchdog.start(message["ms"])

    def _on_feed(self, _: dict) -> None:
        self._watchdog.feed()

    def _on_reset(self, message: dict) -> None:
        if message["cause"] == "deepsleep":
            self._spawn(self._deep_sleep(message["ms"]))
        else:
            self._spawn(self.restart(message["cause"]))

    def _on_room(self, message: dict) -> None:
        self._events.emit("room", taken=message["taken"], left=message["left"])

    def _on_listen(self, _: dict) -> None:
        self.serial.listen()

    def _on_halt(self, _: dict) -> None:
        self._events.emit("halt")


_HANDLERS = {
    "memory": Power._on_memory,
    "clock": Power._on_clock,
    "keep": Power._on_keep,
    "watchdog": Power._on_watchdog,
    "feed": Power._on_feed,
    "reset": Power._on_reset,
    "room": Power._on_room,
    "listen": Power._on_listen,
    "halt": Power._on_halt,
}
