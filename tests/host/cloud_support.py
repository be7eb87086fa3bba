"""What the cloud's and the phone's tests share: a running cloud with an account, and a bare MQTT client."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
from argon2 import PasswordHasher

from firstlight.cloud import credentials
from firstlight.cloud.packets import Packet, read_packet
from firstlight.cloud.service import Cloud

EMAIL = "ann@example.com"
PASSWORD = "correct horse 7"
ANYWHERE = ("127.0.0.1", 0)
CHEAP = PasswordHasher(
    time_cost=1, memory_cost=8, parallelism=1
)  # at its real cost, hashing would take most of the time


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in a loop of its own, for 20 s at most."""

    @functools.wraps(test)
    def run(*fixtures: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*fixtures, **named), 20))

    return run


class Clock:
    """Unix seconds that a test can move on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Running:
    """A cloud, and an HTTP client that is signed in as its first account."""

    def __init__(self, cloud: Cloud, http: httpx.AsyncClient) -> None:
        self.cloud = cloud
        self.http = http
        self._wires: list[Wire] = []

    async def open(self) -> Wire:
        """Return an MQTT client that has said nothing yet."""
        at = urlsplit(self.cloud.mqtt_url)
        self._wires.append(Wire(*await asyncio.open_connection(at.hostname, at.port)))
        return self._wires[-1]

    def drop_all(self) -> None:
        """End what the test left open."""
        for wire in self._wires:
            wire.drop()

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> str:
        """Make an account and use it from now on; return its bearer."""
        who = {"email": email, "password": password}
        assert (await self.http.post("/accounts", json=who)).status_code == 201
        bearer = (await self.http.post("/sessions", json=who)).json()["bearer"]
        self.http.headers["Authorization"] = f"Bearer {bearer}"
        return bearer

    async def new_token(self, template: str = "TMPL1", name: str = "Lamp") -> dict[str, Any]:
        return (await self.http.post("/tokens", json={"template": template, "name": name})).json()

    async def new_code(self, template: str = "TMPL1", name: str = "Lamp") -> str:
        return (await self.http.post("/claim-codes", json={"template": template, "name": name})).json()[
            "code"
        ]

    async def claim(self, code: str, uid: str = "uid-1", template: str = "TMPL1") -> httpx.Response:
        return await self.http.post("/claim", json={"code": code, "uid": uid, "template": template})

    async def device(self, device_id: str) -> dict[str, Any]:
        return (await self.http.get(f"/devices/{device_id}")).json()

    async def until(self, device_id: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the device once it is as `wanted`, within 5 s."""
        for _ in range(250):
            device = await self.device(device_id)
            if "id" in device and wanted(device):
                return device
            await asyncio.sleep(0.02)
        raise AssertionError(f"the device stays {device}")

    async def wire(self, issued: dict[str, Any], **how: Any) -> Wire:
        """Return a client that is logged in with an issued token."""
        client = await self.open()
        assert await client.connect("device", issued["token"], **how) == 0
        return client


@asynccontextmanager
async def running(directory: Path, signed_in: bool = True, **options: Any) -> AsyncIterator[Running]:
    """A cloud on `directory`, with an account unless told otherwise."""
    cloud = Cloud(directory, ANYWHERE, ANYWHERE, **options)
    await cloud.start()
    try:
        with patch.object(credentials, "_hasher", CHEAP):
            async with httpx.AsyncClient(base_url=f"{cloud.url}/api/v1", trust_env=False) as http:
                here = Running(cloud, http)
                if signed_in:
                    await here.sign_in()
                yield here
                here.drop_all()
    finally:
        await cloud.stop()


def holds(name: str, value: str) -> Callable[[dict[str, Any]], bool]:
    """Return a condition for `Running.until`: the datastream `name` has this value."""
    return lambda device: device["values"].get(name, {}).get("value") == value


def text(value: str | bytes) -> bytes:
    """Return an MQTT string or binary field."""
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(2, "big") + data


class Wire:
    """MQTT by hand: every byte is the test's own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, head: int, body: bytes = b"") -> None:
        self.raw(Packet(head, body).encoded())

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    async def packet(self) -> tuple[int, bytes]:
        """Return the first byte and the body of the next packet."""
        packet = await read_packet(self._reader, 4096)
        return packet.head, packet.body

    async def ended(self) -> bool:
        """Wait until the other side closes; False when it says something instead."""
        try:
            return await self._reader.read(1) == b""
        except ConnectionResetError:
            return True

    async def connect(
        self,
        user: str | None,
        password: str | None,
        client_id: str = "",
        keepalive: int = 0,
        level: int = 4,
        clean: bool = True,
        will: tuple[str, bytes] | None = None,
    ) -> int:
        """Log in and return the CONNACK's code."""
        flags = 2 * clean | 4 * bool(will) | 0x80 * (user is not None) | 0x40 * (password is not None)
        body = text("MQTT") + bytes((level, flags)) + keepalive.to_bytes(2, "big") + text(client_id)
        fields = [*(will or ()), user, password]
        self.send(0x10, body + b"".join(text(field) for field in fields if field is not None))
        head, answer = await self.packet()
        assert head == 0x20 and answer[0] == 0
        return answer[1]

    async def subscribe(self, *filters: str, qos: int = 0) -> list[int]:
        """Subscribe and return the SUBACK's codes."""
        self.send(0x82, b"\0\7" + b"".join(text(wanted) + bytes([qos]) for wanted in filters))
        head, answer = await self.packet()
        assert head == 0x90 and answer[:2] == b"\0\7"
        return list(answer[2:])

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        packet_id = b"\0\x09" if qos else b""
        self.send(0x30 | qos << 1 | retain, text(topic) + packet_id + payload)

    async def ping(self) -> None:
        """Return when everything sent before was handled."""
        self.send(0xC0)
        assert await self.packet() == (0xD0, b"")

    def drop(self) -> None:
        """End the connection as a power cut does: no DISCONNECT."""
        self._writer.transport.abort()
