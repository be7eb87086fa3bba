"""The command `firstlight provision`: its exit status, its words, and no secret among them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cloud_support import EMAIL, PASSWORD, in_loop, running
from firstlight.errors import UserError
from firstlight.phone import journey
from firstlight.provision import provision
from phone_support import INVALID, fake_portal

TOKEN = "A-_z" * 8
SECRETS = ("secret pass", PASSWORD, TOKEN)

app = typer.Typer()
app.command()(provision)


def run(*words: Any) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    assert not any(secret in result.output for secret in SECRETS)
    return result


def files(directory: Path) -> tuple[Path, Path]:
    """Return files with the network's and the account's password."""
    network, account = directory / "network", directory / "account"
    network.write_text("secret pass\n")
    account.write_text(f"{PASSWORD}\n")
    return network, account


@in_loop
async def test_a_device_comes_online(tmp_path: Path) -> None:
    network, password = files(tmp_path)
    async with running(tmp_path / "data") as here, fake_portal() as fake:
        clients = []

        async def log_in(token: str) -> None:
            clients.append(await here.wire({"token": token}))

        fake.configured = lambda fields: clients.append(asyncio.create_task(log_in(fields["blynk"])))
        options = [
            "--portal",
            fake.url,
            "--ssid",
            "Home",
            "--password-file",
            network,
            "--cloud",
            here.cloud.url,
        ]
        options += ["--email", EMAIL, "--account-password-file", password, "--name", "Kitchen lamp"]
        result = await asyncio.to_thread(run, *options)
        assert result.exit_code == 0, result.output
        assert "Kitchen lamp is online" in result.output and "-48 dBm" in result.output
        assert fake.fields()["pass"] == "secret pass"


@in_loop
async def test_a_device_that_fails_is_status_1_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "_LOOK_EVERY", 0.03)
    async with fake_portal() as fake:
        options = ["--portal", fake.url, "--ssid", "[Home]", "--password", "secret pass", "--token", TOKEN]
        options += ["--host", "blynk.cloud", "--timeout", "1"]
        fake.configured = lambda fields: fake.info.update(last_error=720, last_error_detail="5 GHz?")
        result = await asyncio.to_thread(run, *options)
        assert result.exit_code == 1
        assert "does not see [Home]" in result.output
        assert "✗ The device did not come online: it does not see the network (5 GHz?)." in result.output
        assert "What to do: check the name" in result.output
        fake.config = INVALID
        result = await asyncio.to_thread(run, *options)
        assert result.exit_code == 1 and "could not use the configuration" in result.output


@in_loop
async def test_what_the_user_can_mend_is_one_line(tmp_path: Path) -> None:
    network, password = files(tmp_path)
    password.write_text("wrong password")
    async with running(tmp_path / "data") as here, fake_portal() as fake:
        portal = ["--portal", fake.url, "--ssid", "Home"]
        account = ["--cloud", here.cloud.url, "--email", EMAIL]
        secrets = ["--password-file", network, "--account-password-file", password]
        for options, words in [
            ([*portal, *account, *secrets], "password is wrong"),
            ([*portal, *account, "--password-file", tmp_path / "none"], "--password-file: cannot read"),
            ([*portal, *account, "--password-file", network], "--account-password-file: give a file"),
            ([*portal, *account], "--password-file: give a file"),
            ([*portal, *account, *secrets, "--password", "secret pass"], "given twice"),
            ([*portal, *account, *secrets, "--token", TOKEN], "exclude each other"),
            ([*portal, "--cloud", here.cloud.url], "--cloud needs --email"),
            ([*portal, "--token", TOKEN, "--claim-code"], "--claim-code needs --cloud"),
            ([*portal, "--token", TOKEN], "--token and --host"),
            (portal, "--cloud and --email"),
        ]:
            result = await asyncio.to_thread(run, *options)
            assert isinstance(result.exception, UserError), (options, result.output)
            assert words in str(result.exception) and "\n" not in str(result.exception)
        fake.info = {"detail": "Not Found"}  # somebody else's server
        result = await asyncio.to_thread(run, *portal, "--password", "", "--token", TOKEN, "--host", "h")
        assert isinstance(result.exception, UserError)
        assert str(result.exception).startswith(f"no device's portal answered at {fake.url}, but something")
    nobody = [
        "--portal",
        fake.url,
        "--ssid",
        "Home",
        "--password",
        "",
        "--token",
        TOKEN,
        "--host",
        "blynk.cloud",
    ]
    result = await asyncio.to_thread(run, *nobody)
    assert isinstance(result.exception, UserError) and "join the device's access point" in str(
        result.exception
    )
