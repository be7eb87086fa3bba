"""No password, bearer, token or claim code is ever logged, answered in an error, or stored in the clear."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cloud_support import PASSWORD, Running, in_loop, running

MISTYPED = "hunter2-hunter2"


@in_loop
async def test_no_secret_leaves_a_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "amqtt", "uvicorn", "sqlalchemy", "httpx", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with running(tmp_path, signed_in=False) as here:
        secrets, refusals = await whole_story(here)
    assert {"firstlight.cloud.door", "firstlight.cloud.visit", "amqtt.broker"} <= {
        record.name for record in caplog.records
    }
    assert len(secrets) == 9 and all(refusals)
    stored = everything_in(tmp_path)
    assert b"Lamp" in stored
    for what, secret in secrets.items():
        assert secret not in caplog.text, what
        assert not any(secret in refusal for refusal in refusals), what
        assert secret.encode() not in stored, what


def everything_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir())


async def whole_story(here: Running) -> tuple[dict[str, str], list[str]]:
    """Do all that can be done, rightly and wrongly. Return the secrets, and the texts of all refusals."""
    secrets = {"password": PASSWORD, "mistyped password": MISTYPED, "guessed token": "G" * 32}
    secrets["bearer"] = await here.sign_in()
    secrets["guessed code"] = "KKKKKKKK"
    issued = await here.new_token()
    secrets["token"] = issued["token"]
    secrets["code"] = await here.new_code()
    secrets["lost token"] = (await here.claim(secrets["code"])).json()["token"]
    secrets["claimed token"] = (await here.claim(secrets["code"])).json()["token"]
    wrong_bearer = {"Authorization": f"Bearer {secrets['guessed token']}"}
    refused = [
        await here.http.post("/sessions", json={"email": "ann@example.com", "password": MISTYPED}),
        await here.http.post("/accounts", json={"email": "ann@example.com", "password": MISTYPED}),
        await here.http.post("/accounts", json={"email": "no address", "password": MISTYPED}),
        await here.http.post("/accounts", content=f'{{"password": "{MISTYPED}"'),
        await here.http.get("/devices", headers=wrong_bearer),
        await here.claim(secrets["guessed code"]),
        await here.claim(secrets["code"], uid="other"),
        await here.claim(secrets["code"], template="TMPL2"),
    ]
    assert all(answer.status_code >= 400 for answer in refused)

    for password in (secrets["guessed token"], secrets["lost token"]):
        client = await here.open()
        assert await client.connect("device", password) == 4
    client = await here.wire(issued, client_id="lamp", keepalive=5)
    branch = f"devices/{issued['device_id']}"
    await client.subscribe(f"{branch}/downlink/#", "#")
    client.publish(f"{branch}/ds/temp", b"1", qos=1)
    client.publish("elsewhere", b"1")
    await client.packet()
    newer = await here.wire(issued)
    newer.raw(b"\x00\x00")
    assert await newer.ended()
    await here.http.delete(f"/{branch}")
    return secrets, [answer.text for answer in refused]
