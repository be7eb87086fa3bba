"""Claim codes: one use, fifteen minutes, one template, no guessing."""

from __future__ import annotations

import re
from pathlib import Path

from cloud_support import Clock, in_loop, running

FIFTEEN_MINUTES = 900


@in_loop
async def test_a_code_becomes_a_token_that_logs_in(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        made = await here.http.post("/claim-codes", json={"template": "TMPL1", "name": "Lamp"})
        assert made.status_code == 201 and made.json()["expires_at"] == clock.now + FIFTEEN_MINUTES
        code = made.json()["code"]
        assert re.fullmatch("[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{8}", code)

        del here.http.headers["Authorization"]  # a device has no account
        typed = f"{code[:4].lower()}-{code[4:]} "
        claimed = await here.claim(typed)
        assert claimed.status_code == 200
        assert set(claimed.json()) == {"token", "server", "utc"} and claimed.json()["utc"] == int(clock.now)
        client = await here.wire(claimed.json())
        await client.ping()


@in_loop
async def test_a_code_works_once_and_for_fifteen_minutes(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        used = await here.new_code()
        assert (await here.claim(used)).status_code == 200
        other = await here.claim(used, uid="uid-2")
        wrong = await here.claim("AAAAAAAA")
        assert other.status_code == wrong.status_code == 404 and other.json() == wrong.json()

        late = await here.new_code()
        clock.now += FIFTEEN_MINUTES
        assert (await here.claim(late)).json() == wrong.json()


@in_loop
async def test_a_lost_answer_is_replaced_until_the_device_has_logged_in(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        code = await here.new_code()
        lost = (await here.claim(code)).json()
        got = (await here.claim(code)).json()
        assert got["server"] == lost["server"] and got["token"] != lost["token"]
        assert (await here.claim(code, template="TMPL2")).status_code == 409
        client = await here.open()
        assert await client.connect("device", lost["token"]) == 4
        await here.wire(got)
        assert (await here.claim(code)).status_code == 404
        assert len((await here.http.get("/devices")).json()) == 1


@in_loop
async def test_another_template_is_refused_and_leaves_the_code_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        code = await here.new_code(template="TMPL1")
        answer = await here.claim(code, template="TMPL2")
        assert answer.status_code == 409 and "TMPL1" in answer.json()["error"]
        assert (await here.claim(code, template="TMPL1")).status_code == 200


@in_loop
async def test_guessing_is_stopped_and_right_codes_are_not_guesses(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        for _ in range(11):
            assert (await here.claim(await here.new_code())).status_code == 200
        for _ in range(10):
            assert (await here.claim("WRQNGCDE")).status_code == 404
        stopped = await here.claim(await here.new_code())
        assert stopped.status_code == 429 and int(stopped.headers["Retry-After"]) == 600
        clock.now += 600
        assert (await here.claim(await here.new_code())).status_code == 200
