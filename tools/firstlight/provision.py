"""`firstlight provision`: bring a device online from its access point, as the phone app does."""

from __future__ import annotations

import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from firstlight import loop
from firstlight.errors import UserError

_Option = typer.Option


def provision(
    portal: Annotated[
        str, _Option(metavar="URL", help="The device's portal, for example http://192.168.4.1")
    ],
    ssid: Annotated[str, _Option(help="Name of the Wi-Fi network that the device shall join.")],
    password: Annotated[
        str | None, _Option(help="Its password, empty if it is open. Else asked for.")
    ] = None,
    password_file: Annotated[Path | None, _Option(help="File with that password as its first line.")] = None,
    token: Annotated[str | None, _Option(help="Auth token, 32 characters; with --host.")] = None,
    host: Annotated[str | None, _Option(help="Server: a host name or mqtt://device@HOST:PORT/PREFIX")] = None,
    cloud: Annotated[str | None, _Option(metavar="URL", help="Cloud that issues the token.")] = None,
    email: Annotated[str | None, _Option(help="Account at the cloud.")] = None,
    account_password_file: Annotated[
        Path | None, _Option(help="File with the account's password as its first line. Else asked for.")
    ] = None,
    claim_code: Annotated[bool, _Option("--claim-code", help="Hand over a claim code, not a token.")] = False,
    template: Annotated[
        str | None, _Option(help="Template the device must be of. Else it is asked, before the cloud is.")
    ] = None,
    name: Annotated[str | None, _Option(help="Name of the device in the account.")] = None,
    timeout: Annotated[
        float | None, _Option(min=1, help="Seconds to wait for it: 120, or 75 without a cloud.")
    ] = None,
) -> None:
    """Bring a device online from its access point. Exit status 1 when the device did not make it."""
    _check_choice(cloud, email, token, host, claim_code)
    secret = _secret(password, password_file, "--password-file", "Password of the network, empty if open")
    account_secret = ""
    if cloud:
        account_secret = _secret(
            None, account_password_file, "--account-password-file", "Password of the account"
        )
    wishes = {"claim_code": claim_code, "token": token, "host": host, "template": template, "name": name}
    _check_network(os.fsencode(ssid), os.fsencode(secret), token)
    login = (cloud, email or "", account_secret) if cloud else None
    done = loop.run(
        _run(portal, os.fsencode(ssid), os.fsencode(secret), login, wishes | {"timeout": timeout})
    )
    if not done:
        raise typer.Exit(1)


def _check_choice(
    cloud: str | None, email: str | None, token: str | None, host: str | None, claim_code: bool
) -> None:
    if cloud and not email:
        raise UserError("--cloud needs --email, the account that the device shall belong to")
    if cloud and token:
        raise UserError("--token and --cloud exclude each other: the cloud issues its own token")
    if not cloud and claim_code:
        raise UserError("--claim-code needs --cloud, which issues the code")
    if not cloud and not (token and host):
        raise UserError("give --cloud and --email, or --token and --host")


def _check_network(ssid: bytes, password: bytes, token: str | None) -> None:
    """Refuse what no device can take, before anything is issued or sent."""
    if not 1 <= len(ssid) <= 32:
        raise UserError(f"--ssid: a network's name has 1 to 32 bytes, this one {len(ssid)}")
    if len(password) == 64:
        if password.strip(b"0123456789abcdefABCDEF"):
            raise UserError("--password: 64 characters are a key, and that has hex digits only")
    elif password and not 8 <= len(password) <= 63:
        raise UserError(f"--password: 8 to 63 characters, or 64 hex digits, not {len(password)}")
    if token is not None and len(token) != 32:
        raise UserError(f"--token: an auth token has 32 characters, this one {len(token)}")


def _secret(given: str | None, file: Path | None, option: str, question: str) -> str:
    """Return a password from its option, its file, or a question on the terminal."""
    if given is not None and file:
        raise UserError(f"{option}: the password was given twice; leave one out")
    if given is not None:
        return given
    if file:
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UserError(f"{option}: cannot read {file} ({reason}); check its name") from None
        return lines[0] if lines else ""
    if not sys.stdin.isatty():
        raise UserError(f"{option}: give a file with the password; there is no terminal to ask on")
    return typer.prompt(question, default="", show_default=False, hide_input=True)


async def _run(
    portal: str,
    ssid: bytes,
    password: bytes,
    login: tuple[str, str, str] | None,
    wishes: dict[str, Any],
) -> bool:
    """Provision and show each step. Return whether the device made it, as far as can be seen.

    `login` is the cloud's URL, e-mail address and password.
    """
    from firstlight import phone  # half a second of imports, which other commands need not wait for

    console = Console(highlight=False)

    def show(step: phone.Step) -> None:
        mark = "[yellow]![/]" if step.warning else "[green]✓[/]"
        console.print(f"{mark} {escape(step.text)}", soft_wrap=True)

    async with AsyncExitStack() as opened:
        device = await opened.enter_async_context(phone.Portal(portal))
        account = None
        if login:
            account = await opened.enter_async_context(phone.CloudAccount(login[0]))
            await account.sign_in(*login[1:])
        try:
            with console.status("provisioning"):
                await phone.provision(device, ssid, password, account=account, on_step=show, **wishes)
        except phone.ProvisioningFailed as failure:
            detail = f" ({failure.detail})" if failure.detail else ""
            problem = escape(f"The device did not come online: {failure.words}{detail}.")
            console.print(f"[red]✗ {problem}[/]\n  What to do: {escape(failure.remedy)}.", soft_wrap=True)
            return False
    return True
