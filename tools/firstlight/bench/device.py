"""A virtual device: flash, chip and surroundings, as one object with a life of power-ons and resets."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from firstlight.bench import boards, ports
from firstlight.bench.events import Events
from firstlight.bench.flash import flash_firmware
from firstlight.bench.limits import NAMES, SMALL_NAMES, Limits
from firstlight.bench.portal import Portal
from firstlight.bench.process import Chip
from firstlight.bench.serial import Serial
from firstlight.bench.storage import Storage, parse_mac
from firstlight.bench.surroundings import Surroundings
from firstlight.bench.world import World, WorldFile
from firstlight.errors import UserError

_WATCH_S = 0.1  # how often the world file is looked at
_STATE = re.compile(r"\d+ [A-Z] state (\S+)$")


class VirtualDevice:
    """The real firmware in a MicroPython process, on one asyncio loop with whoever uses it.

    Its events are dicts with `ms` since the device was made and `event`:
    boot(cause, board, mac), serial(port), state(state), ap(up, ssid, url), led(rgb, us), log(line),
    reset(cause), halt(), room(taken, left), bytes of heap, with `limits`; off().
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        board: str = "esp32_devkit",
        mac: str | None = None,
        world: World | str | Path | None = None,
        portal: tuple[str, int] = ("127.0.0.1", 0),
        dns: tuple[str, int] = ("127.0.0.1", 0),
        overrides: dict[str, object] | None = None,
        firmware: str | Path | None = None,
        heap: str | int | None = None,
        ap_channel: bool = False,
        romfs: Path | None = None,
        limits: int | Limits | None = None,
        small: bool = False,
        partition: bool = False,
        serial: bool = False,
    ) -> None:
        """Put a device on the bench, without power.

        directory: holds its flash; made when it is not there.
        mac: `24:6F:28:AB:CD:EF`; None is the one it had before, or made up.
        world: a TOML file, watched while the device runs, or a World; None is an empty one.
        portal, dns: where phones reach its access point; port 0 is any free one, kept over resets.
        overrides: values for names of product.py; a small build has them in it.
        firmware: the tree for its flash; None builds this repository's.
        heap: bytes of MicroPython heap, or text such as "512K"; the stand-ins live in it, too.
        romfs: an image that appears as /rom.
        small: as `firstlight board romfs` builds it for an ESP8266, in the place of `firmware` and `romfs`.
        partition: whether an ESP8266 has one for ROMFS, as with the image FLASH_2M_ROMFS.
        limits: an ESP8266's heap, or its KB: it runs in a 32-bit MicroPython and finds as much free as such a
            chip would have, whatever the stand-ins take; `heap` then means nothing.
        ap_channel: whether an ESP32's access point goes to the channel that it is told; 1.24's does not.
        serial: whether it has a serial port, see `serial_port`, with a REPL behind Ctrl-C.
        Raises UserError when one of these will not do.
        """
        self._has_serial = serial
        self._serial: Serial | None = None
        self._ap_channel = ap_channel
        self.board = boards.board(board)
        self._romfs = romfs
        names = SMALL_NAMES if small else NAMES
        self._limits = Limits(limits, names) if isinstance(limits, int) else limits
        if limits is not None and self.board.is_esp32:
            raise UserError(f"--chip-limits: {board} is no ESP8266; choose its board with --board")
        if partition and self.board.is_esp32:
            raise UserError(f"--romfs: {board} is no ESP8266; choose its board with --board")
        self._layout = self.board.chip + " with ROMFS" * partition
        self._small = Path(directory) / "build" / "romfs" if small else None
        self._events = Events()
        self._file = None if world is None or isinstance(world, World) else WorldFile(Path(world))
        self._world = self._file.world if self._file else world or World()
        self._overrides = overrides or {}
        self._firmware = None if firmware is None else Path(firmware)
        self._heap = heap
        self._portal_address = ports.choose(portal, "--portal", socket.SOCK_STREAM)
        self.dns_address = ports.choose(dns, "--dns", socket.SOCK_DGRAM)
        self._inner_address = ports.choose(("127.0.0.1", 0), "--portal", socket.SOCK_STREAM)
        self._storage = Storage(Path(directory), None if mac is None else parse_mac(mac))
        self._around: Surroundings | None = None
        self._chip: Chip | None = None
        self._power = asyncio.Lock()
        self._tasks: set[asyncio.Task] = set()
        self._watchdog: asyncio.TimerHandle | None = None
        self._watchdog_s = 0.0
        self._pressed = False
        self._leaving = False
        self.state: str | None = None  # as the firmware's log tells it; None before the first one of a boot
        self._lose_rtc()

    @property
    def events(self) -> list[dict]:
        """Everything that happened so far."""
        return self._events.list

    @property
    def portal_url(self) -> str:
        """Where a phone that is on the device's access point finds it."""
        return "http://{}:{}".format(*self._portal_address)

    @property
    def portal(self) -> Portal:
        """Its access point, for phones that associate and part without connecting."""
        return self._started().portal

    @property
    def serial_port(self) -> str:
        """The path of its serial port, which stays the same through resets."""
        self._started()
        if not self._serial:
            raise RuntimeError("the device has no serial port")
        return self._serial.port

    @property
    def ap_ssid(self) -> str | None:
        """The name of its access point while that is up."""
        ssid = self._around.portal.ssid if self._around else None
        return None if ssid is None else ssid.decode(errors="replace")

    @property
    def mac(self) -> str:
        """The station's address, `24:6F:28:AB:CD:EF`."""
        return ":".join(f"{byte:02X}" for byte in self._storage.mac)

    @property
    def led(self) -> str:
        """The colour of its light, `RRGGBB`; grey levels where the light has one colour."""
        return self._around.rgb if self._around else "000000"

    @property
    def powered(self) -> bool:
        """Whether the chip has power."""
        return self._chip is not None

    @property
    def pid(self) -> int | None:
        """The process that is its chip, None while it has no power."""
        return self._chip.pid if self._chip else None

    @property
    def world(self) -> World:
        """The radio world around it. Assign another one at any time; a world file wins when it changes."""
        return self._world

    @world.setter
    def world(self, world: World) -> None:
        self._world = world
        if self._around:
            self._around.radio.change(world)

    def subscribe(self, subscriber: Callable[[dict], None]) -> None:
        """Call `subscriber` with every event from now on."""
        self._events.subscribe(subscriber)

    async def wait(self, event: str, timeout: float = 10.0, **fields: object) -> dict:
        """The next event of this kind with these fields; see Events.wait(). Raises TimeoutError."""
        return await self._events.wait(event, timeout, **fields)

    async def start(self) -> None:
        """Flash the firmware and switch on. Raises UserError when the flash or an address will not do."""
        firmware = await asyncio.to_thread(self._built)
        await asyncio.to_thread(flash_firmware, self._storage.image, self._layout, firmware)
        self._around = Surroundings(
            self.board, self._world, self._portal_address, self._inner_address, self._send, self._events.emit
        )
        if self._file:
            self._spawn(self._watch())
        if self._has_serial:
            self._serial = Serial()
            self._events.emit("serial", port=self._serial.port)
        await self.power_on()

    def _built(self) -> Path:
        """The tree for its flash."""
        if self._small:
            from firstlight.board import romfs

            folder = romfs.write(self.board.name, output=self._small, settings=self._overrides)
            self._romfs = folder / romfs.IMAGE
            return folder / romfs.DISK
        if self._firmware:
            return self._firmware
        from firstlight.board.build import build

        return build()

    async def flash(self, firmware: Path) -> None:
        """Put another firmware tree into its flash and switch on anew; what it has stored stays.

        Raises UserError when the flash is too small.
        """
        await self.power_cut()
        try:
            await asyncio.to_thread(flash_firmware, self._storage.image, self._layout, firmware)
        finally:
            await self.power_on()

    async def stop(self) -> None:
        """Switch off and leave the bench. Safe to call twice, and after a start() that failed."""
        self._leaving = True
        await self.power_cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._around:
            around, self._around = self._around, None
            around.portal.close()
        if self._serial:
            self._serial.close()
        self._storage.close()

    async def power_on(self) -> None:
        """Give it power; nothing happens when it has it."""
        async with self._power:
            if not self._chip and not self._leaving:
                self._lose_rtc()
                await self._boot("power-on")

    async def power_cut(self) -> None:
        """Take its power away now: no code of it runs any more, and its RAM and clock are lost."""
        async with self._power:
            if self._chip:
                await self._stop_chip()
                self._events.emit("off")

    async def reset(self) -> None:
        """Press the board's reset button. An ESP32's takes the power from all of the chip for a moment."""
        await self._restart("button")

    def press(self) -> None:
        """Push the button down. It stays down through resets."""
        self._button(True)

    def release(self) -> None:
        """Let the button go."""
        self._button(False)

    async def hold(self, seconds: float) -> None:
        """Press, wait, release."""
        self.press()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.release()

    def type(self, line: str) -> None:
        """Type a line and Enter on its serial console; lost while it has no power."""
        if self._chip:
            self._chip.type(line.encode() + b"\r")

    def _started(self) -> Surroundings:
        if not self._around:
            raise RuntimeError("the device was not started")
        return self._around

    def _button(self, pressed: bool) -> None:
        self._pressed = pressed
        self._send({"event": "pin", "pin": self.board.button_pin, "level": self.board.button_level(pressed)})

    def _send(self, message: dict) -> None:
        if self._chip:
            self._chip.send(message)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            try:
                if self._file.changed():
                    self.world = self._file.world
                    self._events.emit("log", line="bench: the world changed")
            except UserError as error:
                self._events.emit("log", line=f"bench: {error}; the world stays as it was")

    def _lose_rtc(self) -> None:
        """The real-time clock's own power is gone: its memory, and its time."""
        self._memory = ""
        self._clock = (0, time.monotonic())  # microseconds since 2000, and when that was

    async def _boot(self, cause: str) -> None:
        clock_us, then = self._clock
        if self._serial and cause != "soft-reset":
            self._serial.raw_repl = False
        config = {
            "chip": self.board.chip,
            "board": self.board.name,
            "cause": cause,
            "mac": self._storage.mac.hex(),
            "memory": self._memory,
            "clock_us": clock_us + int((time.monotonic() - then) * 1e6),
            "flash": str(self._storage.image.resolve()),
            "own": {"80": self._inner_address, "53": self.dns_address},
            "levels": {str(self.board.button_pin): self.board.button_level(self._pressed)},
            "ap_channel": self._ap_channel,
            "portal_names": [self._portal_address[0], "localhost"],
            "overrides": {name: repr(value) for name, value in self._overrides.items() if not self._small},
            "sdk": self._storage.fact("sdk"),
            "serial": self._serial is not None,
            "raw_repl": self._serial is not None and self._serial.raw_repl,
        }
        if self._layout != self.board.chip:
            config["partition"] = str(self._storage.partition.resolve())
        if self._romfs:
            config["romfs"] = str(self._romfs.resolve())
        command = ()
        if self._limits:
            config["room"] = self._limits.room, self._limits.threshold
            command = self._limits.command
        chip = Chip(
            lambda message: self._message(chip, message),
            self._line,
            lambda status: self._died(chip, status),
            self._serial,
        )
        self._events.emit("boot", cause=cause, board=self.board.name, mac=self.mac)
        self._chip = chip
        await chip.start(config, self._heap, command)

    async def _stop_chip(self) -> None:
        """End the process and what it was a part of, in the order in which a power cut is felt outside."""
        if self._watchdog:
            self._watchdog.cancel()
            self._watchdog = None
        chip, self._chip = self._chip, None
        await self._around.power_off()
        await chip.kill()
        await self._around.settle()
        self.state = None

    async def _restart(self, cause: str) -> None:
        async with self._power:
            if not self._chip:
                return
            self._events.emit("reset", cause=cause)
            await self._stop_chip()
            if cause == "button" and self.board.is_esp32:
                self._lose_rtc()
            await self._boot(cause)

    async def _soft_reset(self) -> None:
        """Ctrl-D at the prompt."""
        await self._serial.say(b"MPY: soft reboot\n")
        await self._restart("soft-reset")

    async def _deep_sleep(self, ms: int) -> None:
        """The chip is off, its real-time clock is not."""
        async with self._power:
            if not self._chip:
                return
            self._events.emit("reset", cause="deepsleep")
            await self._stop_chip()
        if ms >= 0:
            await asyncio.sleep(ms / 1000)
            async with self._power:
                if not self._chip and not self._leaving:
                    await self._boot("deepsleep")

    def _line(self, line: str) -> None:
        self._events.emit("log", line=line)
        if found := _STATE.match(line):
            self.state = found[1]
            self._events.emit("state", state=self.state)

    def _died(self, chip: Chip, status: int) -> None:
        if chip is self._chip and self._serial:
            self._spawn(self._soft_reset())
        elif chip is self._chip:
            self._events.emit("log", line=f"bench: MicroPython ended with status {status}")
            self._events.emit("halt")

    def _message(self, chip: Chip, message: dict) -> None:
        if chip is self._chip and not self._around.hear(message):
            _HANDLERS[message["do"]](self, message)

    def _on_memory(self, message: dict) -> None:
        self._memory = message["data"]

    def _on_clock(self, message: dict) -> None:
        self._clock = (message["us"], time.monotonic())

    def _on_keep(self, message: dict) -> None:
        self._storage.keep("sdk", message["sdk"])

    def _on_watchdog(self, message: dict) -> None:
        # The device tells of one feeding in an eighth of the time only.
        self._watchdog_s = message["ms"] / 1000 * 1.25
        self._on_feed(message)

    def _on_feed(self, _: dict) -> None:
        if self._watchdog:
            self._watchdog.cancel()
        loop = asyncio.get_running_loop()
        self._watchdog = loop.call_later(self._watchdog_s, lambda: self._spawn(self._restart("watchdog")))

    def _on_reset(self, message: dict) -> None:
        if message["cause"] == "deepsleep":
            self._spawn(self._deep_sleep(message["ms"]))
        else:
            self._spawn(self._restart(message["cause"]))

    def _on_room(self, message: dict) -> None:
        self._events.emit("room", taken=message["taken"], left=message["left"])

    def _on_listen(self, _: dict) -> None:
        self._serial.listen()

    def _on_halt(self, _: dict) -> None:
        self._events.emit("halt")


_HANDLERS = {
    "memory": VirtualDevice._on_memory,
    "clock": VirtualDevice._on_clock,
    "keep": VirtualDevice._on_keep,
    "watchdog": VirtualDevice._on_watchdog,
    "feed": VirtualDevice._on_feed,
    "reset": VirtualDevice._on_reset,
    "room": VirtualDevice._on_room,
    "listen": VirtualDevice._on_listen,
    "halt": VirtualDevice._on_halt,
}
