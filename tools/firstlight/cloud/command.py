"""`firstlight cloud`: run the provisioning cloud until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from firstlight import loop
from firstlight.net import host, host_port

_WELCOME = """\
HTTP API  {url}/api/v1   (described at {url}/docs)
MQTT      {mqtt}
data      {data}
Make an account (a password has 8 characters or more) by typing:
  curl {url}/api/v1/accounts -H 'Content-Type: application/json' -d @-
  {{"email": "you@example.com", "password": "…"}}  and Ctrl-D
Stop with Ctrl-C."""


def cloud(
    data: Annotated[Path, typer.Option(help="Directory of the cloud's data; made at the first start.")],
    http: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the HTTP API listens.")
    ] = "127.0.0.1:8700",
    mqtt: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where devices connect.")] = "127.0.0.1:1883",
    public_host: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name or address under which devices reach this machine."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log logins and losses of devices.")] = False,
) -> None:
    """Run the provisioning cloud: accounts, tokens, claim codes, and the MQTT broker for devices."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO if verbose else logging.WARNING)
    name = host(public_host, "--public-host") if public_host is not None else None
    loop.run(_run(data, host_port(http, "--http"), host_port(mqtt, "--mqtt"), name))


async def _run(data: Path, http: tuple[str, int], mqtt: tuple[str, int], public_host: str | None) -> None:
    from firstlight.cloud.service import Cloud  # a second of imports, which other commands need not wait for

    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    service = Cloud(data, http, mqtt, public_host)
    await service.start()
    try:
        print(_WELCOME.format(url=service.url, mqtt=service.mqtt_url, data=data), flush=True)
        await told_to_stop.wait()
    finally:
        await service.stop()
