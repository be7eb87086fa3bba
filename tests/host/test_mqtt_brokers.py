"""The firmware's MQTT client with real brokers: Mosquitto, plain and over TLS, and amqtt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from brokers import Authority, Mosquitto
from cloud_support import Wire, in_loop
from mqtt_support import USERS, Device, Failed, amqtt, device

KINDS = ("mosquitto", "tls", "amqtt")


class Place:
    """A broker, our client's way to it, and the owner's."""

    def __init__(self, client: Device, port: int, how: dict[str, Any], mosquitto: Mosquitto | None = None):
        self.device = client
        self.how = {"port": port, **how}
        self.plain = mosquitto.port if mosquitto else port
        self.mosquitto = mosquitto

    async def connect(self, **how: Any) -> bool:
        return await self.device.connect(**{**self.how, **how})

    async def owner(self, **how: Any) -> Wire:
        """Return another client, logged in."""
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.plain))
        assert await wire.connect("owner", "secret", **how) == 0
        return wire


@asynccontextmanager
async def place(kind: str, directory: Path, conf: str = "") -> AsyncIterator[Place]:
    async with device() as client:
        if kind == "amqtt":
            async with amqtt() as port:
                yield Place(client, port, {"host": "127.0.0.1"})
            return
        authority = Authority()
        pem = authority.issue(directory / "server.pem", "localhost")
        with Mosquitto(directory / "broker", USERS, pem, conf) as broker:
            if kind == "tls":
                yield Place(client, broker.tls_port, {"tls": authority.der.hex()}, broker)
            else:
                yield Place(client, broker.port, {}, broker)


async def in_time(job: Any, seconds: float = 5) -> Any:
    return await asyncio.wait_for(job, seconds)


def body_of(packet: tuple[int, bytes]) -> tuple[str, bytes]:
    """Of a PUBLISH: topic and payload. amqtt sends a will at its own QoS, whatever was subscribed."""
    head, body = packet
    assert head & 0xF0 == 0x30, packet
    end = 2 + int.from_bytes(body[:2], "big")
    return body[2:end].decode(), body[end + (head & 2) :]


@pytest.mark.parametrize("kind", KINDS)
@in_loop
async def test_messages_both_ways(kind: str, tmp_path: Path) -> None:
    async with place(kind, tmp_path) as here:
        assert await here.connect() is False
        await here.device.do("subscribe", topic="d/1/downlink/#", qos=1)
        owner = await here.owner()
        await owner.subscribe("d/1/ds/#")
        for qos in (0, 1):
            await here.device.do("publish", topic="d/1/ds/Temp", payload=f"21.{qos}", qos=qos)
            assert body_of(await in_time(owner.packet())) == ("d/1/ds/Temp", f"21.{qos}".encode())
            owner.publish("d/1/downlink/ds/Power", f"grün {qos}".encode(), qos=qos)
            assert await here.device.heard() == ("d/1/downlink/ds/Power", f"grün {qos}", False)
            if qos:
                assert await in_time(owner.packet()) == (0x40, b"\0\x09")
        owner.publish("d/1/downlink/kept", b"here", retain=True)
        assert await here.device.heard() == ("d/1/downlink/kept", "here", False)
        await here.device.do("subscribe", topic="d/1/downlink/kept")
        assert await here.device.heard() == ("d/1/downlink/kept", "here", True)
        await here.device.do("close")
        assert here.device.over.empty()
        owner.drop()


@pytest.mark.parametrize("kind", KINDS)
@in_loop
async def test_a_message_over_the_limit_is_skipped(kind: str, tmp_path: Path) -> None:
    async with place(kind, tmp_path) as here:
        await here.connect()
        await here.device.do("subscribe", topic="down", qos=1)
        owner = await here.owner()
        for qos in (0, 1):
            owner.publish("down", b"x" * 100_000, qos=qos)
        owner.publish("down", b"small", qos=1)
        assert await here.device.heard() == ("down", "small", False)
        skipped = [line for line in here.device.log if "bytes skipped" in line]
        assert len(skipped) == 2 and "message of 10000" in skipped[0], here.device.log
        await here.device.do("publish", topic="a", payload="", qos=1)  # all is well
        owner.drop()


@pytest.mark.parametrize("kind", KINDS)
@in_loop
async def test_the_will_is_told_when_the_connection_breaks_and_only_then(kind: str, tmp_path: Path) -> None:
    async with place(kind, tmp_path) as here:
        owner = await here.owner()
        await owner.subscribe("d/1/state")
        for leave in ("close", "cut"):
            await here.connect(will=("d/1/state", "gone", 1, False))
            await here.device.do("publish", topic="d/1/state", payload=leave)
            assert body_of(await in_time(owner.packet())) == ("d/1/state", leave.encode())
            await here.device.do(leave)
        assert body_of(await in_time(owner.packet())) == ("d/1/state", b"gone")
        owner.drop()


@pytest.mark.parametrize("kind", KINDS)
@in_loop
async def test_a_kept_session_brings_what_came_meanwhile(kind: str, tmp_path: Path) -> None:
    async with place(kind, tmp_path) as here:
        login = {"client_id": "uid-1", "clean": False}
        assert await here.connect(**login) is False
        await here.device.do("subscribe", topic="down", qos=1)
        await here.device.do("close")
        owner = await here.owner()
        owner.publish("down", b"while away", qos=1)
        assert await in_time(owner.packet()) == (0x40, b"\0\x09")
        assert await here.connect(**login) is True
        topic, payload, retained = await here.device.heard()
        assert (topic, payload) == ("down", "while away") and retained is (kind == "amqtt")
        await here.device.do("publish", topic="a", payload="", qos=1)
        owner.drop()


@pytest.mark.parametrize("kind", KINDS)
@in_loop
async def test_a_wrong_password_is_told_by_its_code(kind: str, tmp_path: Path) -> None:
    async with place(kind, tmp_path) as here:
        with pytest.raises(Failed) as failed:
            await here.connect(password="wrong")
        assert failed.value.kind == "MqttError" and failed.value.code in (4, 5)
        assert "wrong" not in str(failed.value)
        assert await here.connect() is False  # the next one may still come in


@pytest.mark.parametrize("kind", ["mosquitto", "tls"])
@in_loop
async def test_a_broker_that_dies_or_falls_silent(kind: str, tmp_path: Path) -> None:
    async with place(kind, tmp_path) as here:
        assert here.mosquitto
        await here.connect(keepalive_s=1, patience_ms=500)
        await asyncio.sleep(2.5)  # beyond one and a half keepalives: it is the pings that hold it
        assert here.device.over.empty()
        here.mosquitto.stall()
        end = await here.device.ended(2)
        assert end.kind == "MqttError" and "PINGRESP" in end.text
        await here.device.do("close")
        with pytest.raises(Failed) as failed:  # the kernel takes the connection, nobody answers
            await here.connect(patience_ms=500)
        assert failed.value.kind == "TimeoutError"
        here.mosquitto.resume()
        await here.connect()
        here.mosquitto.kill()
        assert (await here.device.ended()).kind in ("EOFError", "OSError")
        with pytest.raises(Failed) as failed:
            await here.connect()
        assert failed.value.kind == "OSError"
        here.mosquitto.start()
        assert await here.connect() is False


@in_loop
async def test_certificates_that_are_refused(tmp_path: Path) -> None:
    async with place("tls", tmp_path) as here:
        for wrong in (
            {"host": "127.0.0.1"},
            {"tls": Authority().der.hex()},
        ):  # another name; another authority
            with pytest.raises(Failed) as failed:
                await here.connect(**wrong)
            assert failed.value.kind == "ValueError", failed.value
        assert await here.connect() is False
