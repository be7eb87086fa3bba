"""One device between its access point and its broker, and the faults that befall all three."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
from broker import broker
from impostors import Certificates, Impostors
from proxy import Mode, Proxy
from scenarios import Fault, Scenario
from stored import Account, provisioned, small

from firstlight.bench.device import VirtualDevice
from firstlight.bench.ntp import time_server
from firstlight.bench.world import AccessPoint, World
from firstlight.board.build import needs_small

HOST = "broker.example"
TIME = "pool.ntp.org"
CIRCLE = ("one.example", "two.example")
DEVICE, BENCH = "chaos", "bench"
BRANCH = f"devices/{DEVICE}/"
HOME = AccessPoint(b"Home", "correct horse", channel=6, rssi=-48, security="WPA2")
ATTIC = AccessPoint(b"Attic", "battery staple", channel=11, rssi=-84, security="WPA2")
NEIGHBOURS = (
    AccessPoint(b"Upstairs", "none of your business", channel=11, rssi=-78, security="WPA2"),
    AccessPoint(b"Guests", channel=1, rssi=-83, security="OPEN"),
)
NOWHERE = ("", 0)
_AWAY_S = 7.0  # of a router that restarts: longer than a station believes in it without beacons
_REDIRECTS_S = 0.5  # how often servers in a circle look for whom to send away
_SLOW_LOOKUP_S = 4.0
_DELAY_S = 2.0
_FLOOD = 100
_SIZES = (1500, 5000, 70000)  # bytes; the limit is 1,024
# aiomqtt, once in some hundred times, receives nothing and does not say so. Then another client shall ask:
# that hides nothing of the device's, which does not notice.
_FRESH_S = 1.0
_BOOTS_WITHIN_S = 15.0  # real time: an interpreter that starts on a busy machine

Story = list[
    tuple[float, dict[str, Any]]
]  # real seconds since the device was made; events of device and bench


def overrides(scale: float, certificates: Certificates | None) -> dict[str, object]:
    """Values of product.py: its waiting times by a scaled clock.

    Some are shorter besides, for who has waited long shall not wait on when the last fault is over: 20 s are
    the most of the backoff, the config window, a refused token's pause, and one try of a network. After 60 s
    without a network the access point opens.
    """
    times = {
        "REPLY_S": 0.5,
        "NET_TIMEOUT_S": 20,
        "CLOUD_TIMEOUT_S": 50,
        "BACKOFF_FIRST_S": 1,
        "BACKOFF_MOST_S": 20,
        "STABLE_S": 60,
        "PATIENCE_S": 10,
        "CONFIG_WINDOW_S": 20,
        "PHONE_GONE_S": 20,
        "REFUSED_S": 20,
        "LOST_S": 60,
        "ERROR_S": 10,
    }
    trusted = {"CA": (certificates.root,), "CA_ONLY": True} if certificates else {}
    keepalive = {"KEEPALIVE_S": max(2, round(45 * scale))}  # MQTT knows whole seconds
    return {**{name: seconds * scale for name, seconds in times.items()}, **keepalive, **trusted}


def prepare(scenarios: Iterable[Scenario], firmware: Path, scale: float) -> None:
    """Build the small firmware that these want before they play: a busy machine comes late to all of it."""
    for board in sorted({scenario.board for scenario in scenarios if needs_small(scenario.board)}):
        small(firmware, board, overrides(scale, None))


class Scene:
    """Use as `async with Scene(…) as scene`, then `await scene.play()`.

    firmware: a tree from stored.firmware(). scale: real seconds of a second of the device's. more: values of
    product.py besides the scaled ones.
    """

    def __init__(
        self,
        scenario: Scenario,
        directory: Path,
        firmware: Path,
        scale: float,
        more: dict[str, object] | None = None,
    ) -> None:
        self._scenario = scenario
        self._directory = directory
        self._firmware = firmware
        self.scale = scale
        self._more = more or {}
        self._token = secrets.token_hex(16)
        self._password = secrets.token_hex(16)
        self._active: list[str] = []
        self._began = time.monotonic()
        self._stack = contextlib.AsyncExitStack()
        self.story: Story = []

    @property
    def account(self) -> Account:
        """What the device has stored, verified."""
        scheme = "mqtts" if self._scenario.tls else "mqtt"
        networks = [[point.ssid.hex(), point.password.encode().hex()] for point in (HOME, ATTIC)]
        return {
            "token": self._token,
            "server": f"{scheme}://{DEVICE}@{HOST}/{BRANCH[:-1]}",
            "networks": networks,
        }

    def _built(self, values: dict[str, object]) -> tuple[Path, dict[str, object]]:
        """The firmware for the scenario's board, and the values of product.py that it does not have in it."""
        if not needs_small(self._scenario.board):
            return self._firmware, values
        theirs = {name: value for name, value in values.items() if not name.startswith("CA")}
        return small(self._firmware, self._scenario.board, theirs), {}  # it cannot verify

    async def __aenter__(self) -> Scene:
        async with self._stack as stack:
            certificates = Certificates(HOST, *CIRCLE) if self._scenario.tls else None
            self._directory.mkdir(parents=True, exist_ok=True)
            self._broker = stack.enter_context(
                broker(
                    self._directory / "broker",
                    {DEVICE: self._token, BENCH: self._password},
                    {DEVICE: BRANCH + "#", BENCH: "#"},
                    certificates.write(self._directory / "broker.pem") if certificates else None,
                )
            )
            self._clock = await stack.enter_async_context(time_server())
            self._impostors = await stack.enter_async_context(Impostors(self._broker.port, certificates))
            self._proxies = {
                name: await stack.enter_async_context(
                    Proxy(self._mode(), _DELAY_S * self.scale, self._scenario.seed)
                )
                for name in (HOST, *CIRCLE)
            }
            values = {**overrides(self.scale, certificates), **self._more}
            firmware, values = await asyncio.to_thread(self._built, values)
            self.device = VirtualDevice(
                self._directory / "device",
                board=self._scenario.board,
                mac="24:6F:28:AB:CD:EF",
                world=self._world(),
                overrides=values,
                firmware=provisioned(firmware, self._firmware, self._directory / "tree", self.account),
            )
            self.device.subscribe(self._tell)
            stack.push_async_callback(self.device.stop)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    @property
    def arrivals(self) -> list[float]:
        """When the device has connected to any of the servers, on the story's clock."""
        moments = (moment for proxy in self._proxies.values() for moment in proxy.arrivals)
        return sorted(moment - self._began for moment in moments)

    def now(self) -> float:
        """On the story's clock."""
        return time.monotonic() - self._began

    async def play(self) -> float:
        """All faults, from the first to the end of the last; returns when that was, on the story's clock."""
        await self.device.start()
        if not self._scenario.early:
            await self.device.wait("state", timeout=_BOOTS_WITHIN_S, state="RUNNING")
        faults = [asyncio.create_task(self._befall(fault)) for fault in self._scenario.faults]
        try:
            await asyncio.gather(*faults)
        finally:
            for fault in faults:
                fault.cancel()
        return self.now()

    async def recovered(self, within: float) -> float | None:
        """Real seconds until a message has gone to the application and back; None when it has not."""
        began = self.now()
        while (left := within - (self.now() - began)) > 0:
            with contextlib.suppress(asyncio.TimeoutError, aiomqtt.MqttError):
                await asyncio.wait_for(self._echoed(), min(left, _FRESH_S))
                return self.now() - began
            await asyncio.sleep(0.1)
        return None

    async def _echoed(self) -> None:
        async with self._client() as client:
            await client.subscribe(BRANCH + "ds/Echo")
            asking = asyncio.create_task(self._ask(client))
            listening = asyncio.create_task(self._listen(client))
            try:
                done, _ = await asyncio.wait((asking, listening), return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in (asking, listening):
                    task.cancel()
                await asyncio.gather(asking, listening, return_exceptions=True)

    async def _ask(self, client: aiomqtt.Client) -> None:
        for number in itertools.count():
            await client.publish(BRANCH + "downlink/ds/Echo", f"echo {number}")
            await asyncio.sleep(0.1)

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Until what was asked comes back, and not what was written while it was cut off."""
        async for message in client.messages:
            if bytes(message.payload).startswith(b"echo ") and self.device.state == "RUNNING":
                return

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client("127.0.0.1", self._broker.port, username=BENCH, password=self._password)

    def _tell(self, event: dict[str, Any]) -> None:
        self.story.append((self.now(), event))

    # Faults. Each lasts as long as its context.

    async def _befall(self, fault: Fault) -> None:
        await asyncio.sleep(fault.start * self.scale)
        self._tell({"event": "fault", "kind": fault.kind, "begins": True})
        try:
            await _SPECIAL.get(fault.kind, Scene._simple)(self, fault)
        finally:
            self._tell({"event": "fault", "kind": fault.kind, "begins": False})

    @contextlib.contextmanager
    def _on(self, kind: str) -> Iterator[None]:
        self._active.append(kind)
        self._refresh()
        try:
            yield
        finally:
            self._active.remove(kind)
            self._refresh()

    async def _simple(self, fault: Fault) -> None:
        """The air or the proxy is otherwise for a while."""
        with self._on(fault.kind):
            await asyncio.sleep(fault.seconds * self.scale)

    async def _no_address(self, fault: Fault) -> None:
        """Who has an address keeps it: the router restarts, and then gives none."""
        away = min(_AWAY_S, fault.seconds / 2)
        with self._on(fault.kind):
            with self._on("vanish"):
                await asyncio.sleep(away * self.scale)
            await asyncio.sleep((fault.seconds - away) * self.scale)

    async def _redirect(self, fault: Fault) -> None:
        """Each of two servers sends everybody to the other one."""
        end = self.now() + fault.seconds * self.scale
        while self.now() < end:
            with contextlib.suppress(aiomqtt.MqttError):  # the broker may be down itself
                async with self._client() as client:
                    while self.now() < end:
                        await client.publish(BRANCH + "downlink/redirect", self._elsewhere())
                        await asyncio.sleep(_REDIRECTS_S * self.scale)
            await asyncio.sleep(0.05)

    def _elsewhere(self) -> str:
        to = CIRCLE[1] if self._proxies[CIRCLE[0]].visited else CIRCLE[0]
        return str(self.account["server"]).replace(HOST, f"{to}:{self._proxies[to].port}")

    async def _broker_restart(self, fault: Fault) -> None:
        self._broker.kill()
        try:
            await asyncio.sleep(fault.seconds * self.scale)
        finally:
            self._broker.start()

    async def _flood(self, _: Fault) -> None:
        """More messages than can be worked off at once, each to be acknowledged."""
        await self._send_many("Echo", ["flood"] * _FLOOD)

    async def _oversize(self, _: Fault) -> None:
        await self._send_many("Echo", ["x" * size for size in _SIZES])

    async def _send_many(self, datastream: str, values: list[str]) -> None:
        with contextlib.suppress(aiomqtt.MqttError):  # the broker may be down itself
            async with self._client() as client:
                for value in values:
                    await client.publish(f"{BRANCH}downlink/ds/{datastream}", value, qos=1)

    async def cut(self) -> None:
        """Take its power away."""
        self._tell({"event": "dying"})
        await self.device.power_cut()

    async def _board_reset(self, _: Fault) -> None:
        self._tell({"event": "dying"})
        await self.device.reset()

    async def _power_cut(self, fault: Fault) -> None:
        await self.cut()
        try:
            await asyncio.sleep(fault.seconds * self.scale)
        finally:
            await self.device.power_on()

    def _refresh(self) -> None:
        self.device.world = self._world()
        for proxy in self._proxies.values():
            proxy.change(self._mode())

    def _mode(self) -> Mode:
        """What the latest of the faults that concern the proxy makes of it."""
        straight = self._broker.tls_port if self._scenario.tls else self._broker.port
        for kind in reversed(self._active):
            if kind in ("delay", "stall", "cut", "reset", "garbage"):
                return Mode(kind, straight)
            if kind == "name unknown":
                return Mode("pass", straight, breaks=True)
            if kind in self._impostors.ports:
                return Mode("pass", self._impostors.ports[kind], breaks=True)
        return Mode("pass", straight)

    def _world(self) -> World:
        names = {name: ("127.0.0.1", proxy.port) for name, proxy in self._proxies.items()}
        names["*"] = ("127.0.0.1", self._impostors.ports["internet"])
        names[TIME] = self._clock.address
        world = World((HOME, *NEIGHBOURS), scale=self.scale, names=names)
        for kind in self._active:
            if kind in _AIR:
                world = _AIR[kind](world)
        if "captive portal" in self._active:
            world.names.update({"*": ("127.0.0.1", self._impostors.ports["captive portal"]), TIME: NOWHERE})
        return world


_SPECIAL = {
    "no address": Scene._no_address,
    "redirect": Scene._redirect,
    "broker restart": Scene._broker_restart,
    "flood": Scene._flood,
    "oversize": Scene._oversize,
    "board reset": Scene._board_reset,
    "power cut": Scene._power_cut,
}


def _home(world: World, **changes: object) -> World:
    points = (
        replace(point, **changes) if point.ssid == HOME.ssid else point for point in world.access_points
    )
    return replace(world, access_points=tuple(points))


def _without_home(world: World) -> World:
    return replace(
        world, access_points=tuple(point for point in world.access_points if point.ssid != HOME.ssid)
    )


def _weak(world: World) -> World:
    world = _without_home(world)
    return replace(world, access_points=(*world.access_points, ATTIC))


_AIR: dict[str, Callable[[World], World]] = {
    "vanish": _without_home,
    "password": lambda world: _home(world, password="changed since"),
    "no address": lambda world: _home(world, dhcp=False),
    "no internet": lambda world: _home(world, internet=False),
    "channel": lambda world: _home(world, channel=1),
    "weak network": _weak,
    "name unknown": lambda world: replace(world, names={**world.names, HOST: NOWHERE}),
    "slow names": lambda world: replace(world, lookup=_SLOW_LOOKUP_S * world.scale),
}
