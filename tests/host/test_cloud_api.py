"""The HTTP API: accounts, sessions, tokens, limits, and the shape of every refusal."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from cloud_support import EMAIL, PASSWORD, Clock, in_loop, running

TEN_MINUTES = 600
WEEK = 7 * 24 * 3600


@in_loop
async def test_an_account_signs_in_with_its_password_only(tmp_path: Path) -> None:
    async with running(tmp_path, signed_in=False) as here:
        made = await here.http.post("/accounts", json={"email": "Ann@Example.com", "password": PASSWORD})
        assert (made.status_code, made.json()["email"]) == (201, EMAIL)
        again = await here.http.post("/accounts", json={"email": EMAIL, "password": PASSWORD})
        assert (again.status_code, list(again.json())) == (409, ["error"])

        good = await here.http.post("/sessions", json={"email": EMAIL, "password": PASSWORD})
        assert good.status_code == 201 and set(good.json()) == {"bearer", "expires_at"}
        bad = await here.http.post("/sessions", json={"email": EMAIL, "password": "something else"})
        stranger = await here.http.post("/sessions", json={"email": "bob@example.com", "password": PASSWORD})
        assert bad.status_code == stranger.status_code == 401
        assert bad.json() == stranger.json()  # nobody learns which addresses have accounts


BAD_BODIES = [
    (b"{", 400, "not JSON"),
    (b"[]", 422, "body"),
    (b'{"email": "a@b.c"}', 422, "password"),
    (b'{"email": "a@b.c", "password": "hunter2"}', 422, "password"),
    (b'{"email": "a b@b.c", "password": "hunter2-hunter2"}', 422, "email"),
    (b'{"email": "a@b.c", "password": "hunter2-hunter2", "admin": true}', 422, "admin"),
    (b'{"email": "a@b.c", "password": "' + b"hunter2-" * 300 + b'"}', 413, "2048"),
]


@in_loop
async def test_a_bad_body_is_named_and_not_repeated(tmp_path: Path) -> None:
    async with running(tmp_path, signed_in=False) as here:
        for body, status, words in BAD_BODIES:
            answer = await here.http.post("/accounts", content=body)
            assert answer.status_code == status, body
            assert list(answer.json()) == ["error"] and words in answer.json()["error"]
            assert "hunter2" not in answer.text
        form = await here.http.post("/sessions", data={"email": "a@b.c", "password": "hunter2-hunter2"})
        assert form.status_code == 422 and "application/json" in form.json()["error"]


@in_loop
async def test_a_body_without_a_length_is_limited_too(tmp_path: Path) -> None:
    async def endless():
        for _ in range(100):
            yield b" " * 100

    async with running(tmp_path, signed_in=False) as here:
        assert (await here.http.post("/claim", content=endless())).status_code == 413
        assert (await here.http.get("/health")).json()["status"] == "ok"


@in_loop
async def test_every_refusal_has_one_shape(tmp_path: Path) -> None:
    async with running(tmp_path, signed_in=False) as here:
        for method, path, status in [
            ("GET", "/nothing", 404),
            ("PUT", "/accounts", 405),
            ("GET", "/devices", 401),
            ("POST", "/tokens", 401),
            ("DELETE", "/devices/x", 401),
        ]:
            answer = await here.http.request(method, path)
            assert answer.status_code == status, path
            assert list(answer.json()) == ["error"]
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@in_loop
async def test_an_error_of_ours_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("inner workings")

    async with running(tmp_path) as here:
        monkeypatch.setattr("firstlight.cloud.devices.Devices.owned_by", fail)
        answer = await here.http.get("/devices")
        assert answer.status_code == 500 and list(answer.json()) == ["error"]
        assert "inner workings" not in answer.text


@in_loop
async def test_five_wrong_passwords_close_the_address_for_ten_minutes(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        right, wrong = ({"email": EMAIL, "password": word} for word in (PASSWORD, "wrong"))
        for _ in range(4):
            assert (await here.http.post("/sessions", json=wrong)).status_code == 401
        assert (await here.http.post("/sessions", json=right)).status_code == 201  # does not start it over
        assert (await here.http.post("/sessions", json=wrong)).status_code == 401
        closed = await here.http.post("/sessions", json=right)
        assert (closed.status_code, closed.headers["Retry-After"]) == (429, str(TEN_MINUTES))
        clock.now += TEN_MINUTES - 1
        assert (await here.http.post("/sessions", json=right)).status_code == 429
        clock.now += 1
        assert (await here.http.post("/sessions", json=right)).status_code == 201


@in_loop
async def test_guesses_at_the_same_time_are_counted_before_they_are_checked(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        guesses = [{"email": EMAIL, "password": f"guess {number}"} for number in range(12)]
        answers = await asyncio.gather(*(here.http.post("/sessions", json=guess) for guess in guesses))
        assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


@in_loop
async def test_a_bearer_is_good_until_it_expires_or_signs_out(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock) as here:
        assert (await here.http.get("/devices")).json() == []
        stolen = {"Authorization": "Bearer nonsense"}
        assert (await here.http.get("/devices", headers=stolen)).status_code == 401
        clock.now += WEEK
        assert (await here.http.get("/devices")).status_code == 401

        await here.sign_in("bob@example.com")
        assert (await here.http.get("/devices")).status_code == 200
        assert (await here.http.delete("/sessions")).status_code == 204
        assert (await here.http.get("/devices")).status_code == 401


@in_loop
async def test_a_token_fits_the_device_and_names_its_server(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock=clock, public_host="cloud.example.com") as here:
        issued = await here.new_token()
        assert re.fullmatch(r"[-_a-zA-Z0-9]{32}", issued["token"])
        port = here.cloud.mqtt_url.rpartition(":")[2]
        assert issued["server"] == f"mqtt://device@cloud.example.com:{port}/devices/{issued['device_id']}"
        assert issued["expires_at"] == clock.now + WEEK
        assert (await here.http.get("/devices")).json() == []  # nothing is there until it logs in
        assert (await here.http.get(f"/devices/{issued['device_id']}")).status_code == 404


@in_loop
async def test_template_and_name_are_checked(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for field in (
            {"template": "a b"},
            {"template": ""},
            {"name": ""},
            {"name": "a\nb"},
            {"name": "n" * 61},
        ):
            answer = await here.http.post("/tokens", json={"template": "TMPL1", "name": "Lamp"} | field)
            assert answer.status_code == 422 and next(iter(field)) in answer.json()["error"]


@in_loop
async def test_the_description_is_whole(tmp_path: Path) -> None:
    async with running(tmp_path, signed_in=False) as here:
        root = here.cloud.url
        assert (await here.http.get(f"{root}/docs")).status_code == 200
        described = (await here.http.get(f"{root}/openapi.json")).json()
    operations = [
        (f"{method} {path}", operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) == 13
    for name, operation in operations:
        assert operation["summary"] and operation["description"] and operation["tags"], name
        for status, response in operation["responses"].items():
            if status >= "400":
                schema = response["content"]["application/json"]["schema"]
                assert schema["$ref"].endswith("/Error"), (name, status)
    open_to_all = {
        "post /api/v1/accounts",
        "post /api/v1/sessions",
        "post /api/v1/claim",
        "get /api/v1/health",
    }
    assert {name for name, operation in operations if "security" not in operation} == open_to_all
