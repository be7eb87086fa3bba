"""What is around a chip: radio, internet, the phones' side of its access point, and its light."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from firstlight.bench.boards import Board
from firstlight.bench.light import Light
from firstlight.bench.portal import PHONE_BACK_S, Portal
from firstlight.bench.radio import SWITCH_S, Radio
from firstlight.bench.station import Uplink
from firstlight.bench.world import SECURITY, World

_SECURITY = {number: name for name, number in SECURITY.items()}
_LIGHT_S = 0.005  # three pins of one colour change within this time


class Surroundings:
    """Hears the stand-ins' messages about the outside, and answers them through `send`.

    emit: called with the kind and the fields of each event.
    """

    def __init__(
        self,
        board: Board,
        world: World,
        portal: tuple[str, int],
        inner: tuple[str, int],
        send: Callable[[dict], None],
        emit: Callable[..., None],
    ) -> None:
        """portal: the address for phones; inner: where the firmware's web server really listens.

        Raises UserError when the portal's address is taken.
        """
        self._send = send
        self._emit = emit
        self.radio = Radio(send, world, forgiving=not board.is_esp32, tuned=self._tuned)
        self.uplink = Uplink(self.radio)
        self.portal = Portal(portal, inner, self._ap_changed, self._stations)
        self._light = Light(board)
        self.rgb = self._light.rgb
        self._fading: asyncio.TimerHandle | None = None
        self._light_us: int | None = None  # by the device's own clock
        self._tasks: set[asyncio.Task] = set()

    def hear(self, message: dict) -> bool:
        """Act on a message of the stand-ins. False when it is about something else."""
        handler = _HANDLERS.get(message["do"])
        if handler:
            handler(self, message)
        return handler is not None

    async def power_off(self) -> None:
        """The chip stops: its connections break, its networks are gone, its light is dark."""
        self.radio.power_off()
        await self.uplink.close()

    async def settle(self) -> None:
        """After power_off(), when the process has ended: what phones and people then see."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.portal.down()
        self._light.dark()
        self._light_us = None
        self._show_light()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _ap_changed(self, up: bool, ssid: str) -> None:
        url = "http://{}:{}".format(*self.portal.address)
        self._emit("ap", up=up, ssid=ssid, security=self.portal.security, url=url)

    def _tuned(self, channel: int) -> None:
        """One radio: the access point goes along with the station, and its phones have to find it again."""
        phones = self.portal.phones
        if self.portal.move(channel):
            if phones:
                self._emit(
                    "log", line=f"bench: the access point is on channel {channel} now, its phones are lost"
                )
            self.radio.later(PHONE_BACK_S, self.portal.found)

    def _stations(self, macs: list[bytes]) -> None:
        self._send({"event": "stations", "macs": [mac.hex() for mac in macs]})

    def _interfaces(self, message: dict) -> None:
        if not message["sta"]:
            self.radio.leave()
        if not message["ap"]:
            self.portal.down()
        if not message.get("quiet"):
            self.radio.later(SWITCH_S, lambda: self._reply(message))

    def _scan(self, message: dict) -> None:
        self.radio.scan(lambda found: self._reply(message, found=found))

    def _join(self, message: dict) -> None:
        ssid, key = bytes.fromhex(message["ssid"]), bytes.fromhex(message["key"])
        bssid = bytes.fromhex(message["bssid"]) if message["bssid"] else None
        self.radio.join(message["try"], ssid, key, bssid)

    def _leave(self, _: dict) -> None:
        self.radio.leave()

    def _lease(self, _: dict) -> None:
        self.radio.lease()

    def _access_point(self, message: dict) -> None:
        self.portal.up(bytes.fromhex(message["ssid"]), _SECURITY.get(message["security"], "unknown"))
        if "channel" in message:
            self._tuned(message["channel"])

    def _reply(self, request: dict, **answer: object) -> None:
        self._send({"event": "reply", "to": request["number"], **answer})

    def _resolve(self, message: dict) -> None:
        async def answer() -> None:
            where = await self.uplink.resolve(message["host"], message["port"], message["udp"])
            self._reply(message, **where)

        self._spawn(answer())

    def _pin(self, message: dict) -> None:
        self._light.pin(message["pin"], message["duty"])
        self._show_light_soon(message["us"])

    def _pixel(self, message: dict) -> None:
        self._light.pixel(message["pin"], message["grb"])
        self._show_light_soon(message["us"])

    def _show_light_soon(self, us: int) -> None:
        if not self._fading:
            self._light_us = us
            self._fading = asyncio.get_running_loop().call_later(_LIGHT_S, self._show_light)

    def _show_light(self) -> None:
        if self._fading:
            self._fading.cancel()
            self._fading = None
        if self._light.rgb != self.rgb:
            self.rgb = self._light.rgb
            self._emit("led", rgb=self.rgb, us=self._light_us)


_HANDLERS = {
    "radio": Surroundings._interfaces,
    "scan": Surroundings._scan,
    "join": Surroundings._join,
    "leave": Surroundings._leave,
    "lease": Surroundings._lease,
    "ap": Surroundings._access_point,
    "resolve": Surroundings._resolve,
    "light": Surroundings._pin,
    "pixel": Surroundings._pixel,
}
