"""A cloud as one object: start it in your event loop, or let the command do that."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from firstlight.cloud.accounts import Accounts
from firstlight.cloud.answers import Answers
from firstlight.cloud.api.app import build
from firstlight.cloud.api.desk import Desk
from firstlight.cloud.claims import Claims
from firstlight.cloud.devices import Devices
from firstlight.cloud.door import Door
from firstlight.cloud.store import Store
from firstlight.cloud.uplinks import Recorder
from firstlight.errors import UserError
from firstlight.net import reason

_ANY = ("0.0.0.0", "::", "")


class Cloud:
    """The provisioning cloud on the data in `data`, with its HTTP API and its MQTT door.

        cloud = Cloud(directory, http=("127.0.0.1", 0), mqtt=("127.0.0.1", 0))
        await cloud.start()
        …  # cloud.url, cloud.mqtt_url
        await cloud.stop()

    Port 0 takes a free port. `public_host` is the name or address under which devices reach this machine; it
    goes into their server URL, and must be given when `mqtt` is every address. `clock` gives Unix seconds.

    `start` raises UserError when the directory or an address cannot be used. No signal handler is installed.
    """

    def __init__(
        self,
        data: Path | str,
        http: tuple[str, int] = ("127.0.0.1", 8700),
        mqtt: tuple[str, int] = ("127.0.0.1", 1883),
        public_host: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._data = Path(data)
        self._http = http
        self._mqtt = mqtt
        self._public_host = public_host
        self._clock = clock
        self._closing = contextlib.AsyncExitStack()

    @property
    def url(self) -> str:
        """Where the HTTP API is, for example `http://127.0.0.1:8700`."""
        return f"http://{_shown(self._http[0])}:{self._http[1]}"

    @property
    def mqtt_url(self) -> str:
        """Where devices connect, for example `mqtt://127.0.0.1:1883`."""
        return f"mqtt://{self._device_host}:{self._mqtt[1]}"

    def server_of(self, device_id: str) -> str:
        """Return the server URL of a device: where it connects, and the branch its topics are under."""
        return f"mqtt://device@{self._device_host}:{self._mqtt[1]}/devices/{device_id}"

    async def start(self) -> None:
        """Open the data and both addresses, and serve."""
        if self._mqtt[0] in _ANY and not self._public_host:
            raise UserError(
                "--public-host: say under which name or address devices reach this machine, "
                f"since --mqtt {self._mqtt[0]}:{self._mqtt[1]} is every address"
            )
        async with contextlib.AsyncExitStack() as opened:
            store = await asyncio.to_thread(Store, self._data)
            opened.callback(store.close)
            http = opened.enter_context(_listen(self._http, "--http"))
            mqtt = opened.enter_context(_listen(self._mqtt, "--mqtt"))
            self._http = (self._http[0], http.getsockname()[1])
            self._mqtt = (self._mqtt[0], mqtt.getsockname()[1])
            await self._serve(store, http, mqtt, opened)
            self._closing = opened.pop_all()

    async def stop(self) -> None:
        """Close every connection, write what waits, and let the directory go."""
        await self._closing.aclose()

    async def _serve(
        self, store: Store, http: socket.socket, mqtt: socket.socket, opened: contextlib.AsyncExitStack
    ) -> None:
        devices = Devices(store, self._clock)
        recorder = Recorder(devices, self._clock)
        recorder.start()
        opened.push_async_callback(recorder.stop)

        async def admit(token: str) -> str | None:
            return await asyncio.to_thread(devices.admit, token)

        def uplink(device_id: str, path: str, payload: bytes) -> None:
            recorder.uplink(device_id, path, payload)
            answers.uplink(device_id, path, payload)

        door = Door(admit, uplink)
        answers = Answers(devices, recorder.settle, door.send, self._clock)
        await door.start(mqtt)
        opened.push_async_callback(answers.stop)
        opened.push_async_callback(door.stop)
        desk = Desk(
            accounts=Accounts(store, self._clock),
            devices=devices,
            claims=Claims(store, devices, self._clock),
            door=door,
            clock=self._clock,
            server_of=self.server_of,
        )
        web = _Web(desk)
        await web.start(http)
        opened.push_async_callback(web.stop)

    @property
    def _device_host(self) -> str:
        return _shown(self._public_host or self._mqtt[0])


class _Web(uvicorn.Server):
    """Uvicorn as a guest in somebody's event loop."""

    def __init__(self, desk: Desk) -> None:
        # No log_config: logging belongs to the host. No access log: it is no place for what we serve.
        # No proxy headers: the limits on guessing count by address, and a header is easily made up.
        config = uvicorn.Config(
            build(desk),
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._ready = asyncio.Event()
        self._told_to_stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        """Serve on a bound socket; return when requests are answered."""
        self._task = asyncio.create_task(self.serve(sockets=[listener]))
        await self._ready.wait()

    async def stop(self) -> None:
        """Finish the requests under way, then close."""
        self.should_exit = True
        self._told_to_stop.set()
        if self._task:
            await self._task

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # which renews the Date header
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._told_to_stop.wait(), 1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(address: tuple[str, int], option: str) -> socket.socket:
    host, port = address
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off (40 ms for each answer otherwise).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UserError(
            f"{option}: cannot use {host}:{port} ({reason(error)}); choose another with {option}"
        ) from None
    listener.setblocking(False)
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
