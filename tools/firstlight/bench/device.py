"""A virtual device: flash, chip and surroundings, as one object with a life of power-ons and resets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from firstlight.bench import boards, ports
from firstlight.bench.events import Events
from firstlight.bench.flash import flash_firmware
from firstlight.bench.limits import Limits
from firstlight.bench.portal import Portal
from firstlight.bench.power import Power
from firstlight.bench.serial import Serial
from firstlight.bench.software import Software
from firstlight.bench.storage import Storage, parse_mac
from firstlight.bench.surroundings import Surroundings
from firstlight.bench.world import World, WorldFile
from firstlight.errors import UserError

_WATCH_S = 0.1  # how often the world file is looked at


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
        self.board = boards.board(board)
        self._software = Software(
            self.board,
            firmware=firmware,
            romfs=romfs,
            small=Path(directory) / "build" / "romfs" if small else None,
            overrides=overrides,
            heap=heap,
            limits=limits,
            partition=partition,
        )
        self._has_serial = serial
        self._ap_channel = ap_channel
        self._events = Events()
        self._file = None if world is None or isinstance(world, World) else WorldFile(Path(world))
        self._world = self._file.world if self._file else world or World()
        self._portal_address = ports.choose(portal, "--portal", socket.SOCK_STREAM)
        self.dns_address = ports.choose(dns, "--dns", socket.SOCK_DGRAM)
        self._inner_address = ports.choose(("127.0.0.1", 0), "--portal", socket.SOCK_STREAM)
        self._storage = Storage(Path(directory), None if mac is None else parse_mac(mac))
        self._power = Power(self._told, self._software, self._storage, self._events)
        self._around: Surroundings | None = None
        self._watching: asyncio.Task | None = None
        self._pressed = False

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
        if not self._power.serial:
            raise RuntimeError("the device was not started, or has no serial port")
        return self._power.serial.port

    @property
    def ap_ssid(self) -> str | None:
        """The name of its access point while that is up."""
        ssid = self._around.portal.ssid if self._around else None
        return None if ssid is None else ssid.decode(errors="replace")

    @property
    def mac(self) -> str:
        """The station's address, `24:6F:28:AB:CD:EF`."""
        return self._storage.told_mac

    @property
    def led(self) -> str:
        """The colour of its light, `RRGGBB`; grey levels where the light has one colour."""
        return self._around.rgb if self._around else "000000"

    @property
    def state(self) -> str | None:
        """The firmware's, as its log tells it; None before the first one of a boot."""
        return self._power.state

    @property
    def powered(self) -> bool:
        """Whether the chip has power."""
        return self._power.on

    @property
    def pid(self) -> int | None:
        """The process that is its chip, None while it has no power."""
        return self._power.pid

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
        await self._write(await asyncio.to_thread(self._software.built))
        self._around = self._power.around = Surroundings(
            self.board,
            self._world,
            self._portal_address,
            self._inner_address,
            self._power.send,
            self._events.emit,
        )
        if self._file:
            self._watching = asyncio.create_task(self._watch())
        if self._has_serial:
            self._power.serial = Serial()
            self._events.emit("serial", port=self._power.serial.port)
        await self.power_on()

    async def flash(self, firmware: Path) -> None:
        """Put another firmware tree into its flash and switch on anew; what it has stored stays.

        Raises UserError when the flash is too small.
        """
        await self.power_cut()
        try:
            await self._write(firmware)
        finally:
            await self.power_on()

    async def stop(self) -> None:
        """Switch off and leave the bench. Safe to call twice, and after a start() that failed."""
        await self._power.end()
        if self._watching:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        if self._around:
            around, self._around = self._around, None
            around.portal.close()
        if self._power.serial:
            self._power.serial.close()
        self._storage.close()

    async def power_on(self) -> None:
        """Give it power; nothing happens when it has it."""
        await self._power.switch_on()

    async def power_cut(self) -> None:
        """Take its power away now: no code of it runs any more, and its RAM and clock are lost."""
        await self._power.cut()

    async def reset(self) -> None:
        """Press the board's reset button. An ESP32's takes the power from all of the chip for a moment."""
        await self._power.restart("button", keeps_rtc=not self.board.is_esp32)

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
        self._power.type(line.encode() + b"\r")

    def _started(self) -> Surroundings:
        if not self._around:
            raise RuntimeError("the device was not started")
        return self._around

    async def _write(self, firmware: Path) -> None:
        await asyncio.to_thread(flash_firmware, self._storage.image, self._software.layout, firmware)

    def _button(self, pressed: bool) -> None:
        self._pressed = pressed
        self._power.send(
            {"event": "pin", "pin": self.board.button_pin, "level": self.board.button_level(pressed)}
        )

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            try:
                if self._file.changed():
                    self.world = self._file.world
                    self._events.emit("log", line="bench: the world changed")
            except UserError as error:
                self._events.emit("log", line=f"bench: {error}; the world stays as it was")

    def _told(self) -> dict[str, object]:
        """What its stand-ins have to know of the board at a boot."""
        told = {
            "chip": self.board.chip,
            "board": self.board.name,
            "mac": self._storage.mac.hex(),
            "flash": str(self._storage.image.resolve()),
            "own": {"80": self._inner_address, "53": self.dns_address},
            "levels": {str(self.board.button_pin): self.board.button_level(self._pressed)},
            "ap_channel": self._ap_channel,
            "psram": self.board.has_psram,
            "portal_names": [self._portal_address[0], "localhost"],
        }
        if self._software.partition:
            told["partition"] = str(self._storage.partition.resolve())
        return told
