"""What devices ask the cloud, metadata, and commands: by hand, and with the firmware's own link."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud_support import Clock, Running, Wire, holds, in_loop, running, text
from firstlight.board.build import build
from firstlight.cloud import answers as answering
from firstlight.cloud import door
from firstlight.cloud.answers import Answers, utc
from firstlight.cloud.devices import MOST_METADATA

MICROPYTHON = Path(sys.executable).with_name("micropython")
TALK = Path(__file__).with_name("device_talk.py")
REDIRECT = "mqtts://device@fra1.blynk.cloud:8883/devices/7"


async def heard(client: Wire, count: int) -> dict[str, bytes]:
    """The next messages: path below `downlink/` -> payload."""
    found = {}
    for _ in range(count):
        head, body = await client.packet()
        assert head == 0x30
        size = int.from_bytes(body[:2], "big")
        found[body[2 : 2 + size].decode().split("/downlink/", 1)[1]] = body[2 + size :]
    return found


async def listening(here: Running, issued: dict[str, Any]) -> tuple[Wire, str]:
    """A client that has subscribed, and its branch."""
    branch = f"devices/{issued['device_id']}"
    client = await here.wire(issued)
    assert await client.subscribe(f"{branch}/downlink/#", qos=1) == [1]
    return client, branch


@in_loop
async def test_values_are_told_when_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        client, branch = await listening(here, await here.new_token())
        client.publish(f"{branch}/batch_ds", b'{"a":1,"b":"two","c":false}')
        client.publish(f"{branch}/ds/a", b"1.5")
        client.publish(f"{branch}/ds/list", b"1\x002")
        client.publish(f"{branch}/get/ds", b"a,unknown,c,a,")
        assert await heard(client, 2) == {"ds/a": b"1.5", "ds/c": b"0"}
        client.publish(f"{branch}/get/ds/all", b"")
        assert await heard(client, 4) == {"ds/a": b"1.5", "ds/b": b"two", "ds/c": b"0", "ds/list": b"1\x002"}
        for question in ("get/ds", "get/nonsense", "get/loc/all", "get/"):
            client.publish(f"{branch}/{question}", b"\xff")
        await client.ping()


@in_loop
async def test_what_the_owner_sends_is_told_again(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client, branch = await listening(here, issued)
        await here.http.post(f"/{branch}/datastreams/lamp", json={"value": True})
        assert await heard(client, 1) == {"ds/lamp": b"1"}
        client.drop()
        await here.until(issued["device_id"], lambda device: not device["online"])
        client, _ = await listening(here, issued)
        client.publish(f"{branch}/get/ds", b"lamp")
        assert await heard(client, 1) == {"ds/lamp": b"1"}


@in_loop
async def test_a_value_that_no_packet_to_the_device_holds_is_not_told(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        client, branch = await listening(here, await here.new_token())
        room = 1024 - len(text(f"{branch}/downlink/ds/a"))
        for size in (room + 1, room):
            client.publish(f"{branch}/ds/a", b"x" * size)
            client.publish(f"{branch}/ds/b", b"1")
            client.publish(f"{branch}/get/ds", b"a,b")
            found = {"ds/a": b"x" * room} if size == room else {}
            assert await heard(client, 1 + len(found)) == {"ds/b": b"1", **found}


@in_loop
async def test_metadata_is_kept_told_and_asked_for(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        issued = await here.new_token()
        branch = f"devices/{issued['device_id']}"
        assert (await here.http.put(f"/{branch}/metadata/Room", json={"value": "x"})).status_code == 404
        client, _ = await listening(here, issued)
        client.publish(f"{branch}/meta/Serial", b"A7")
        answer = await here.http.put(f"/{branch}/metadata/Room", json={"value": "Küche"})
        assert (answer.status_code, answer.json()) == (200, {"value": "Küche", "at": int(clock.now)})
        assert await heard(client, 1) == {"meta/Room": "Küche".encode()}
        client.publish(f"{branch}/get/meta", b"Serial,Room,Nothing")
        assert await heard(client, 2) == {"meta/Serial": b"A7", "meta/Room": "Küche".encode()}
        client.drop()
        device = await here.until(issued["device_id"], lambda device: not device["online"])
        assert {name: field["value"] for name, field in device["metadata"].items()} == {
            "Serial": "A7",
            "Room": "Küche",
        }
        assert device["values"] == {}
        assert (await here.http.put(f"/{branch}/metadata/Room", json={"value": 7})).status_code == 200
        for name, value in [("Room", "x" * 1000), ("Room", None), ("a+b", 1), ("n" * 65, 1)]:
            answer = await here.http.put(f"/{branch}/metadata/{name}", json={"value": value})
            assert answer.status_code == 422, (name, value)
        client, _ = await listening(here, issued)
        client.publish(f"{branch}/get/meta", b"Room")
        assert await heard(client, 1) == {"meta/Room": b"7"}


@in_loop
async def test_metadata_is_bounded_and_the_owner_s(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client, branch = await listening(here, issued)
        for number in range(MOST_METADATA + 5):
            client.publish(f"{branch}/meta/f{number}", b"1")
        await here.until(issued["device_id"], lambda device: len(device["metadata"]) == MOST_METADATA)
        assert (await here.http.put(f"/{branch}/metadata/more", json={"value": 1})).status_code == 409
        assert (await here.http.put(f"/{branch}/metadata/f0", json={"value": 2})).status_code == 200
        await here.sign_in("bob@example.com")
        assert (await here.http.put(f"/{branch}/metadata/f0", json={"value": 3})).status_code == 404


@in_loop
async def test_the_time_is_told(tmp_path: Path) -> None:
    clock = Clock()
    clock.now += 0.25
    async with running(tmp_path, clock=clock) as here:
        client, branch = await listening(here, await here.new_token())
        client.publish(f"{branch}/get/utc/all/json", b"")
        told = json.loads((await heard(client, 1))["utc/all/json"])
        assert told == {
            "tz_name": "UTC",
            "tz_rule": "UTC0",
            "tz_offset": 0,
            "dst_offset": 0,
            "time": 1_800_000_000_250,
            "iso8601": "2027-01-15T08:00:00.250+00:00",
        }
        assert json.loads(utc(clock.now)) == told


@in_loop
async def test_questions_of_one_device_are_bounded(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "MOST_WAITING", 3)
    sent, go_on = [], asyncio.Event()

    async def send(device_id: str, path: str, payload: bytes) -> None:
        await go_on.wait()
        sent.append(device_id)

    async def settle() -> None: ...

    answers = Answers(devices=None, settle=settle, send=send, clock=lambda: 0.0)  # type: ignore[arg-type]
    for _ in range(5):
        answers.uplink("d1", "get/utc/all/json", b"")
    answers.uplink("d2", "get/utc/all/json", b"")
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.sleep(0.01)
    assert sorted(sent) == ["d1", "d1", "d1", "d2"]
    go_on.clear()
    for _ in range(3):
        answers.uplink("d1", "get/utc/all/json", b"")
    await asyncio.sleep(0.01)
    go_on.set()
    await answers.stop()
    assert sent.count("d1") == 4  # the one under way, and no more


@in_loop
async def test_a_ping_is_answered_by_its_acknowledgement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PONG_WITHIN", 0.2)
    async with running(tmp_path) as here:
        client, branch = await listening(here, await here.new_token())
        ask = {"command": "ping"}
        for packet_id in (b"\0\1", b"\0\2"):
            asking = asyncio.create_task(here.http.post(f"/{branch}/commands", json=ask))
            assert await client.packet() == (0x32, text(f"{branch}/downlink/ping") + packet_id)
            client.send(0x40, b"\x12\x34")  # of nothing that was sent
            client.send(0x40, packet_id)
            answer = await asking
            assert (answer.status_code, answer.json()) == (202, {"topic": f"{branch}/downlink/ping"})
        answer = await here.http.post(f"/{branch}/commands", json=ask)
        assert answer.status_code == 504 and "not answered" in answer.json()["error"]
        assert (await client.packet())[0] == 0x32
        client.send(0x40, b"\0\3")  # too late, and no harm
        await client.ping()


@in_loop
async def test_commands_with_a_text(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        client, branch = await listening(here, await here.new_token())
        for command, said in [("redirect", REDIRECT), ("redirect", "mqtt://[h]"), ("diag", "how are you?")]:
            order = {"command": command, "text": said}
            answer = await here.http.post(f"/{branch}/commands", json=order)
            if "[" in said:
                assert answer.status_code == 422
            else:
                assert answer.status_code == 202
                assert await heard(client, 1) == {command: said.encode()}
        for order in (
            {"command": "redirect"},
            {"command": "redirect", "text": "wss://h:443/mqtt"},
            {"command": "redirect", "text": "mqtt://device:t0ken@h"},
            {"command": "redirect", "text": "mqtt://h:port"},
            {"command": "redirect", "text": "mqtt://h/a#"},
            {"command": "redirect", "text": "mqtt://h/" + "a" * 255},
            {"command": "diag"},
            {"command": "diag", "text": "a\nb"},
            {"command": "reboot", "text": "now"},
            {"command": "ping", "text": "x"},
        ):
            answer = await here.http.post(f"/{branch}/commands", json=order)
            assert answer.status_code == 422 and "t0ken" not in answer.text, order
        await client.ping()


@asynccontextmanager
async def talking(server: str, token: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The firmware's link in MicroPython, logged in."""
    firmware = str(build() / "fw")
    process = await asyncio.create_subprocess_exec(
        MICROPYTHON, TALK, firmware, server, token, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def lines(process: asyncio.subprocess.Process, count: int) -> list[list[Any]]:
    """The next `count` lines of JSON; the log between them is passed over."""
    found = []
    while len(found) < count:
        line = (await process.stdout.readline()).decode()  # type: ignore[union-attr]
        assert line, found
        if line.startswith("["):
            found.append(json.loads(line))
    return found


@in_loop
async def test_the_firmware_s_link_and_this_cloud_understand_each_other(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        issued = await here.new_token()
        branch = f"devices/{issued['device_id']}"
        async with talking(here.cloud.server_of(issued["device_id"]), issued["token"]) as process:
            assert await lines(process, 1) == [["online", True]]
            answers = {line[0]: line[1] for line in await lines(process, 2)}
            assert answers["Points"] == ["1", "2.5", "1"]
            assert answers["utc"]["time"] == clock.now * 1000
            await here.http.put(f"/{branch}/metadata/Room", json={"value": "Küche"})
            assert await lines(process, 1) == [["Room", "Küche"]]
            await here.http.post(f"/{branch}/datastreams/Lamp", json={"value": True})
            assert await lines(process, 1) == [["Lamp", "1"]]
            device = await here.until(issued["device_id"], holds("Lit", "1"))
            assert device["firmware"] == "1.2.3" and device["metadata"]["Serial"]["value"] == "A7"
            await here.http.post(f"/{branch}/datastreams/Broken", json={"value": 1})
            assert (await here.http.post(f"/{branch}/commands", json={"command": "ping"})).status_code == 202
            for order in ({"command": "redirect", "text": REDIRECT}, {"command": "reboot"}):
                await here.http.post(f"/{branch}/commands", json=order)
            assert await lines(process, 3) == [
                ["command", "redirect", REDIRECT],
                ["command", "reboot", ""],
                ["online", False],
            ]
            assert await process.wait() == 0
