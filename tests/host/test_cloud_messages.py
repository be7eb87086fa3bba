"""What devices may say and hear: their own branch, uplinks kept, downlinks delivered."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from cloud_support import Clock, Wire, holds, in_loop, running, text
from firstlight.cloud.uplinks import Recorder, understand


@in_loop
async def test_uplinks_are_kept(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        issued = await here.new_token("TMPL1", "Kitchen lamp")
        branch = f"devices/{issued['device_id']}"
        client = await here.wire(issued)
        clock.now += 60
        client.publish(
            f"{branch}/info/mcu", b'{"tmpl":"TMPL1","ver":"1.2.3","type":"TMPL1","rxbuff":1024}', qos=1
        )
        client.publish(f"{branch}/ds/temp", b"21.5")
        client.publish(f"{branch}/ds/temp", b"22.5", retain=True)
        client.publish(f"{branch}/batch_ds", '{"on":true,"n":3,"text":"ä","skip":[1]}'.encode())
        client.publish(f"{branch}/meta/Serial", b"A7")
        client.publish(f"{branch}/event/door_open", b"")
        assert await client.packet() == (0x40, b"\0\x09")
        device = await here.until(issued["device_id"], lambda device: device["metadata"] and device["values"])
        first, now = int(clock.now - 60), int(clock.now)
        values = {"temp": "22.5", "on": "1", "n": "3", "text": "ä"}
        assert device == {
            "id": issued["device_id"],
            "name": "Kitchen lamp",
            "template": "TMPL1",
            "online": True,
            "last_seen": now,
            "firmware": "1.2.3",
            "created_at": first,
            "first_seen": first,
            "values": {name: {"value": value, "at": now} for name, value in values.items()},
            "metadata": {"Serial": {"value": "A7", "at": now}},
        }
        assert (await here.http.get("/devices")).json() == [device]


@in_loop
async def test_a_message_at_qos_2_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    monkeypatch.setattr(Recorder, "uplink", lambda self, *message: taken.append(message))
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        client.publish(f"devices/{issued['device_id']}/ds/n", b"1", qos=2)
        assert await client.packet() == (0x50, b"\0\x09")
        client.publish(f"devices/{issued['device_id']}/ds/n", b"1", qos=2)  # again: the PUBREC was lost
        assert await client.packet() == (0x50, b"\0\x09")
        client.send(0x62, b"\0\x09")
        assert await client.packet() == (0x70, b"\0\x09")
        await client.ping()
        assert taken == [(issued["device_id"], "ds/n", b"1")]


@in_loop
async def test_downlinks_arrive_byte_for_byte(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        branch = f"devices/{issued['device_id']}"
        assert await client.subscribe(f"{branch}/downlink/#") == [0]
        for value, payload in [(True, b"1"), (0, b"0"), (2.5, b"2.5"), ("grün", "grün".encode()), ("", b"")]:
            answer = await here.http.post(f"/{branch}/datastreams/my lamp", json={"value": value})
            assert (answer.status_code, answer.json()) == (202, {"topic": f"{branch}/downlink/ds/my lamp"})
            assert await client.packet() == (0x30, text(f"{branch}/downlink/ds/my lamp") + payload)


@in_loop
async def test_commands_arrive(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        branch = f"devices/{issued['device_id']}"
        await client.subscribe(f"{branch}/downlink/#")
        for command in ("reconfigure", "reboot"):
            answer = await here.http.post(f"/{branch}/commands", json={"command": command})
            assert (answer.status_code, answer.json()) == (202, {"topic": f"{branch}/downlink/{command}"})
            assert await client.packet() == (0x30, text(f"{branch}/downlink/{command}"))
        assert (await here.http.post(f"/{branch}/commands", json={"command": "ota/json"})).status_code == 422
        client.drop()
        await here.until(issued["device_id"], lambda device: not device["online"])
        assert (await here.http.post(f"/{branch}/commands", json={"command": "reboot"})).status_code == 409


@in_loop
async def test_a_write_that_cannot_arrive_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        path = f"/devices/{issued['device_id']}/datastreams"
        for name, value in [("lamp", None), ("lamp", [1]), ("lamp", "x" * 1000), ("a+b", 1), ("a%0Ab", 1)]:
            answer = await here.http.post(f"{path}/{name}", json={"value": value})
            assert answer.status_code == 422, (name, value)
            assert not answer.json()["error"].startswith("value.")
        for body in (b'{"value": Infinity}', rb'{"value": "\ud800"}'):
            answer = await here.http.post(f"{path}/lamp", content=body)
            assert answer.status_code == 422 and answer.json()["error"].startswith("value: must be")
        client.drop()
        await here.until(issued["device_id"], lambda device: not device["online"])
        assert (await here.http.post(f"{path}/lamp", json={"value": 1})).status_code == 409
        assert (await here.http.post("/devices/none/datastreams/lamp", json={"value": 1})).status_code == 404


@in_loop
async def test_a_device_subscribes_to_its_own_branch_only(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        mine, yours = await here.new_token(), await here.new_token()
        client = await here.wire(mine)
        for foreign in (
            f"devices/{yours['device_id']}/ds/#",
            f"devices/{mine['device_id']}",
            f"devices/{mine['device_id']}x/#",
            "devices/+/downlink/#",
            "devices/#",
            "#",
            "+/+/#",
            "$SYS/#",
        ):
            assert await client.subscribe(foreign) == [0x80], foreign
        own = f"devices/{mine['device_id']}"
        assert await client.subscribe(f"{own}/downlink/#", "#") == [0x80, 0x80]
        assert await client.subscribe(f"{own}/downlink/#", f"{own}/+/x", qos=1) == [1, 1]
        assert await client.subscribe(*(f"{own}/{number}" for number in range(30))) == [0] * 30
        assert await client.subscribe(f"{own}/more") == [0x80]  # 32 are enough for one device
        client.send(0xA2, b"\0\5" + text(f"{own}/1"))
        assert await client.packet() == (0xB0, b"\0\5")
        assert await client.subscribe(f"{own}/more") == [0]


@in_loop
async def test_a_message_to_another_branch_is_dropped_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as here:
        mine, yours = await here.new_token(), await here.new_token()
        victim = await here.wire(yours)
        their = f"devices/{yours['device_id']}"
        assert await victim.subscribe(f"{their}/downlink/#") == [0]
        client = await here.wire(mine)
        with caplog.at_level(logging.WARNING, logger="firstlight"):
            client.publish(f"{their}/downlink/ds/lamp", b"1", retain=True)
            client.publish(f"{their}/ds/temp", b"1", qos=1)
            assert await client.packet() == (0x40, b"\0\x09")  # 3.3.5: acknowledged all the same
            client.publish("$SYS/broker", b"1")
            await client.ping()
        assert [record.getMessage() for record in caplog.records] == [
            f"device {mine['device_id']}: a message outside its branch was dropped"
        ] * 3
        await victim.ping()  # and nothing before it
        client.publish(f"{their}/ds/temp", b"1", qos=2)
        assert await client.ended()
        assert (await here.device(yours["device_id"]))["values"] == {}


@in_loop
async def test_a_will_is_kept_to_the_branch_and_to_accidents(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued, other = await here.new_token(), await here.new_token()
        branch = f"devices/{issued['device_id']}"
        client = await here.wire(issued, will=(f"{branch}/ds/planned", b"0"))
        client.send(0xE0)
        await here.until(issued["device_id"], lambda device: not device["online"])
        will = (f"{branch}/ds/alive", b"0")
        client = await here.wire(issued, will=will)
        client.drop()
        device = await here.until(issued["device_id"], holds("alive", "0"))
        assert set(device["values"]) == {"alive"}
        client = await here.open()
        assert await client.connect("device", other["token"], will=will) == 5
        assert await client.ended()


@in_loop
async def test_what_a_device_retains_is_not_repeated(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        issued = await here.new_token()
        client = await here.wire(issued)
        branch = f"devices/{issued['device_id']}"
        client.publish(f"{branch}/info/mcu", b'{"ver":"1"}', qos=1, retain=True)
        assert await client.packet() == (0x40, b"\0\x09")
        assert await client.subscribe(f"{branch}/#") == [0]
        await client.ping()


@in_loop
async def test_many_devices_at_once(tmp_path: Path) -> None:
    """Each hears its own downlink and no other, while all subscribe and publish."""
    async with running(tmp_path) as here:
        issued = [await here.new_token(name=f"Lamp {number}") for number in range(25)]

        async def live(number: int) -> Wire:
            token = issued[number]
            branch = f"devices/{token['device_id']}"
            client = await here.wire(token)
            client.publish(f"{branch}/ds/n", b"%d" % number)
            assert await client.subscribe(f"{branch}/downlink/#") == [0]
            await here.http.post(f"/{branch}/datastreams/n", json={"value": number})
            assert await client.packet() == (0x30, text(f"{branch}/downlink/ds/n") + b"%d" % number)
            await here.until(token["device_id"], holds("n", str(number)))
            return client  # or its connection would end here

        clients = await asyncio.gather(*(live(number) for number in range(len(issued))))
        assert len(clients) == len(issued)
        assert all(device["online"] for device in (await here.http.get("/devices")).json())


def test_messages_are_understood_or_passed_over() -> None:
    def seen(path: str, payload: bytes):
        report = understand(path, payload, 7)
        assert report.at == 7
        return report.firmware, report.values

    assert seen("ds/temp", b"1\x002") == (None, {"temp": "1\x002"})
    assert seen("ds/temp", b"\xff") == (None, {"temp": "\N{REPLACEMENT CHARACTER}"})
    assert seen("ds/" + "n" * 64, b"1") == (None, {"n" * 64: "1"})
    assert seen("info/mcu", b'{"ver":"' + b"1" * 100 + b'"}') == ("1" * 64, {})
    for path, payload in [
        ("ds/", b"1"),
        ("ds/" + "n" * 65, b"1"),
        ("ds/temp/erase", b""),
        ("info/mcu", b"no JSON"),
        ("info/mcu", b"[1]"),
        ("info/mcu", b'{"ver":1}'),
        ("batch_ds", b"[" * 1000),
        ("batch_ds", b'{"":1,"a/b":2,"list":[],"none":null}'),
        ("batch_ds", b"\xff"),
        ("downlink/ds/lamp", b"1"),
        ("", b""),
    ]:
        assert seen(path, payload) == (None, {}), path
