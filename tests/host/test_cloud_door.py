"""Who gets through the MQTT door, how long they may stay silent, and how large they may speak."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cloud_support import Clock, Wire, holds, in_loop, running, text
from firstlight.cloud import door

WEEK = 7 * 24 * 3600


@in_loop
async def test_only_the_right_user_with_a_token_enters(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        other = "A" * 32
        for user, password in [
            ("device", other),
            ("device", ""),
            ("device", None),
            ("root", issued["token"]),
            (None, None),
        ]:
            client = await here.open()
            assert await client.connect(user, password) == 4  # bad user name or password, as Blynk.Cloud says
            assert await client.ended()
        assert (await here.http.get("/devices")).json() == []
        await here.wire(issued)
        assert [device["id"] for device in (await here.http.get("/devices")).json()] == [issued["device_id"]]


@in_loop
async def test_an_unused_token_expires_and_a_used_one_does_not(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        used, unused = await here.new_token(), await here.new_token()
        (await here.wire(used)).drop()
        clock.now += WEEK
        client = await here.open()
        assert await client.connect("device", unused["token"]) == 4
        await here.wire(used)


@in_loop
async def test_client_ids_of_any_kind_up_to_64_characters(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        for client_id, clean, code in [
            ("", True, 0),
            ("x" * 64, True, 0),
            ("Küche/+#", False, 0),
            ("x" * 65, True, 2),
            ("", False, 2),
        ]:
            client = await here.open()
            assert await client.connect("device", issued["token"], client_id, clean=clean) == code, client_id
            if code == 0:
                await client.ping()


@in_loop
async def test_other_protocols_are_told_or_closed(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        for level in (3, 5):
            client = await here.open()
            assert await client.connect("device", issued["token"], level=level) == 1
            assert await client.ended()
        for opening in (
            b"GET / HTTP/1.1\r\nHost: firstlight\r\n" + b"Accept: */*\r\n" * 5,
            b"\xc0\x00",  # PINGREQ before CONNECT
            b"\x10\xff\xff\xff\xff\x01",  # a length of five bytes
            b"\x10\xff\xff\xff\x7f",  # 256 MB
            b"\x10\x0c" + text("MQTT") + b"\4\xc3\0\0" + text(""),  # reserved flag
            b"\x10\x0c" + text("MQTT") + b"\4\x42\0\0" + text(""),  # password without user
            b"\x10\x0e" + text("MQTT") + b"\4\2\0\0" + text(b"\xff\xfe"),  # no UTF-8
        ):
            client = await here.open()
            client.raw(opening)
            assert await client.ended(), opening


@in_loop
async def test_who_says_nothing_at_first_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "CONNECT_WITHIN", 0.1)
    async with running(tmp_path, signed_in=False) as here:
        client = await here.open()
        client.raw(b"\x10\x0c")
        assert await client.ended()


@in_loop
async def test_silence_of_one_and_a_half_keepalives_is_offline(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued, keepalive=1)
        loop = asyncio.get_running_loop()
        client.raw(b"\xc0")  # half a PINGREQ
        await asyncio.sleep(0.2)
        client.raw(b"\x00")
        assert await client.packet() == (0xD0, b"")
        since = loop.time()
        assert (await here.device(issued["device_id"]))["online"]
        assert await client.ended()
        assert 1.4 < loop.time() - since < 3
        await here.until(issued["device_id"], lambda device: not device["online"])


@in_loop
async def test_online_ends_with_the_connection_however_it_ends(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        for end in (Wire.drop, lambda client: client.send(0xE0)):
            client = await here.wire(issued)
            assert (await here.device(issued["device_id"]))["online"]
            end(client)
            await here.until(issued["device_id"], lambda device: not device["online"])


@in_loop
async def test_a_newer_connection_takes_over(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        older = await here.wire(issued, client_id="same")
        newer = await here.wire(issued, client_id="same")
        assert await older.ended()
        await newer.ping()
        assert (await here.device(issued["device_id"]))["online"]


@in_loop
async def test_no_client_id_moves_another_device(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        mine, yours = await here.new_token(), await here.new_token()
        first = await here.wire(mine, client_id="same")
        mine_only = f"devices/{mine['device_id']}/downlink/#"
        assert await first.subscribe(mine_only) == [0]
        second = await here.wire(yours, client_id="same")
        stranger = await here.open()
        assert await stranger.connect("device", "guess", "same") == 4
        await second.ping()
        await first.ping()
        path = f"/devices/{mine['device_id']}/datastreams/lamp"
        assert (await here.http.post(path, json={"value": 1})).status_code == 202
        assert await first.packet() == (0x30, text(f"devices/{mine['device_id']}/downlink/ds/lamp") + b"1")


@in_loop
async def test_a_deleted_device_is_out_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        assert (await here.http.delete(f"/devices/{issued['device_id']}")).status_code == 204
        assert await client.ended()
        again = await here.open()
        assert await again.connect("device", issued["token"]) == 4
        assert (await here.http.get("/devices")).json() == []
        assert (await here.http.delete(f"/devices/{issued['device_id']}")).status_code == 404


@in_loop
async def test_nobody_deletes_or_sees_what_is_not_theirs(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        await here.sign_in("bob@example.com")
        path = f"/devices/{issued['device_id']}"
        assert (await here.http.get("/devices")).json() == []
        assert (await here.http.get(path)).status_code == 404
        assert (await here.http.delete(path)).status_code == 404
        assert (await here.http.post(f"{path}/datastreams/lamp", json={"value": 1})).status_code == 404
        await client.ping()


@in_loop
async def test_a_packet_has_1024_bytes_at_most(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        topic = f"devices/{issued['device_id']}/ds/text"
        client = await here.wire(issued)
        room = 1024 - len(text(topic))
        client.publish(topic, b"a" * room)
        await client.ping()
        await here.until(issued["device_id"], holds("text", "a" * room))
        client.publish(topic, b"a" * (room + 1))
        assert await client.ended()


@in_loop
async def test_nonsense_after_the_login_ends_it(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        topic = f"devices/{issued['device_id']}/ds/a"
        for nonsense in (
            b"\x00\x00",  # reserved type
            b"\xf0\x00",
            b"\x20\x02\0\0",  # a server's packet
            b"\x10\x0c" + text("MQTT") + b"\4\2\0\0" + text(""),  # a second CONNECT
            b"\x80\x06\0\7" + text("a") + b"\0",  # SUBSCRIBE without its flags
            b"\x82\x02\0\7",  # ... without filters
            b"\x82\x06\0\7" + text("a") + b"\3",  # ... at QoS 3
            b"\xc0\x01a",  # PINGREQ with a body
            b"\x30\x02\0\0",  # no topic
            b"\x36" + bytes([len(topic) + 4]) + text(topic) + b"\0\1",  # QoS 3
            b"\x32" + bytes([len(topic) + 4]) + text(topic) + b"\0\0",  # packet id 0
            b"\x30" + bytes([len(topic) + 3]) + text(topic + "+"),  # wildcard
            b"\x30\x04\0\x09ab",  # a topic longer than its packet
        ):
            client = await here.wire(issued)
            client.raw(nonsense)
            assert await client.ended(), nonsense


@in_loop
async def test_a_flood_is_slowed_down_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firstlight.cloud.visit.BURST", 20)
    monkeypatch.setattr("firstlight.cloud.visit.PACKETS_PER_SECOND", 50)
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        since = asyncio.get_running_loop().time()
        for number in range(50):
            client.publish(f"devices/{issued['device_id']}/ds/n", json.dumps(number).encode())
        await client.ping()
        assert asyncio.get_running_loop().time() - since > 0.5
        await here.until(issued["device_id"], holds("n", "49"))
