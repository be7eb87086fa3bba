"""Starting and stopping: data that stays, addresses and directories that cannot be used, the command."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cloud_support import ANYWHERE, CHEAP, EMAIL, PASSWORD, in_loop, running
from firstlight.cloud import credentials
from firstlight.cloud.devices import MOST_DATASTREAMS, Devices, Report
from firstlight.cloud.service import Cloud
from firstlight.cloud.store import Store
from firstlight.errors import UserError

COMMAND = "import typer; from firstlight.cloud.command import cloud; typer.run(cloud)"


@in_loop
async def test_a_second_start_knows_everything(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        bearer = here.http.headers["Authorization"]
        issued, code = await here.new_token(), await here.new_code()
        client = await here.wire(issued)
        client.publish(f"devices/{issued['device_id']}/ds/temp", b"21.5")
        await client.ping()
    async with running(tmp_path, signed_in=False) as here:
        again = await here.http.post("/sessions", json={"email": EMAIL, "password": PASSWORD})
        assert again.status_code == 201
        here.http.headers["Authorization"] = bearer
        device = await here.device(issued["device_id"])
        assert device["values"]["temp"]["value"] == "21.5" and not device["online"]
        await here.wire(issued)
        assert (await here.claim(code)).status_code == 200


@in_loop
async def test_two_clouds_never_share_a_directory(tmp_path: Path) -> None:
    async with running(tmp_path, signed_in=False):
        with pytest.raises(UserError, match="another cloud is using"):
            await Cloud(tmp_path, ANYWHERE, ANYWHERE).start()
    async with running(tmp_path, signed_in=False):
        pass


@in_loop
async def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    with socket.create_server(ANYWHERE) as taken:
        address = taken.getsockname()
        for http, mqtt, option in [(address, ANYWHERE, "--http"), (ANYWHERE, address, "--mqtt")]:
            with pytest.raises(UserError, match=f"^{option}: cannot use 127.0.0.1:{address[1]} "):
                await Cloud(tmp_path, http, mqtt).start()
    with pytest.raises(UserError, match="--public-host"):
        await Cloud(tmp_path, ANYWHERE, ("0.0.0.0", 0)).start()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"^--data: cannot write"):
        await Cloud(tmp_path / "file" / "data", ANYWHERE, ANYWHERE).start()
    async with running(tmp_path, signed_in=False):  # the refused starts left nothing behind
        pass


@pytest.mark.parametrize("content", ["garbage", "future"])
def test_data_that_is_not_ours_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cloud.sqlite3"
    if content == "garbage":
        path.write_bytes(b"not a database " * 100)
    else:
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version=99")
        database.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"^--data: "):
        Store(tmp_path)
    assert path.read_bytes()[: len(before)] == before


def test_the_data_is_the_owners_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "data")
    store.close()
    assert (tmp_path / "new" / "data").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / "data" / "cloud.sqlite3").stat().st_mode & 0o077 == 0


def test_datastreams_of_one_device_are_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    devices = Devices(store, lambda: 1000.0)
    with store.write() as session:
        from firstlight.cloud.model import Account

        session.add(Account(id=1, email=EMAIL, password_hash="", created_at=0))
    issued = devices.issue(1, "TMPL1", "Lamp")
    assert devices.admit(issued.token) == issued.device_id
    names = [f"n{number}" for number in range(MOST_DATASTREAMS + 10)]
    devices.record([(issued.device_id, Report(1001, values=dict.fromkeys(names, "1")))])
    devices.record([(issued.device_id, Report(1002, values={"n0": "2"})), ("deleted", Report(1002))])
    kept = devices.one(1, issued.device_id)
    assert len(kept.values) == MOST_DATASTREAMS
    assert kept.values["n0"] == ("2", 1002) and kept.device.last_seen == 1002
    store.close()


def test_passwords_are_hashed_with_argon2id() -> None:
    stored = credentials.hash_password(PASSWORD)
    assert stored.startswith("$argon2id$") and "m=65536,t=3" in stored
    assert credentials.password_matches(stored, PASSWORD)
    assert not credentials.password_matches(stored, PASSWORD + " ")
    assert not credentials.password_matches(None, PASSWORD)
    assert stored != CHEAP.hash(PASSWORD)


@in_loop
async def test_no_signal_handler_is_touched(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with running(tmp_path, signed_in=False):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@in_loop
async def test_a_stop_does_not_wait_for_anyone(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        device = await here.wire(await here.new_token(), keepalive=600)
        idle = await here.open()
        since = asyncio.get_running_loop().time()
        await here.cloud.stop()
        assert asyncio.get_running_loop().time() - since < 2
        assert await device.ended() and await idle.ended()


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    options = ["--data", tmp_path, "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"]
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *options], stdout=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().split()[2]
        assert httpx.get(f"{url}/health", trust_env=False).json()["status"] == "ok"
        os.kill(process.pid, signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(10) == 0
    assert "mqtt://127.0.0.1:" in rest and "/api/v1/accounts" in rest


def test_the_command_checks_its_addresses(tmp_path: Path) -> None:
    from firstlight.cloud.command import cloud

    for http, mqtt, option in [("8700", "127.0.0.1:0", "--http"), ("127.0.0.1:0", "here:", "--mqtt")]:
        with pytest.raises(UserError, match=f"^{option}: "):
            cloud(tmp_path, http, mqtt)
