"""`firstlight demo` and `firstlight run`: a device in a home of its own, by itself or under your hands.

What they need is imported when they run: the other commands shall not wait for it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from firstlight import loop
from firstlight.errors import UserError
from firstlight.net import host_port

if TYPE_CHECKING:
    from firstlight.home.household import Household
    from firstlight.home.timeline import Timeline

DEMO_SCALE = 0.25  # of the radio's waiting times, so that the demo fits into a minute
DEMO_LIMIT_S = 60.0
BOARD = "esp32c3_devkit"  # its light has colours

_WELCOME = """\
Portal    {portal}   (the page a phone sees on the device's access point)
Cloud     {cloud}/docs
Broker    {mqtt}
Account   {email}  password {account_password}
Wi-Fi     {ssid}  password {password}
Claim     {claim}  (type it into the portal's page; or open {portal}/#claim={claim}; 15 minutes)
World     {world}  (edit it: access points come, go, and change)
Commands  press, release, hold SECONDS, type TEXT, reset, power-cut, power-on, quit"""


def demo(
    board: Annotated[str, typer.Option(help="The board that the virtual device is.")] = BOARD,
    picture: Annotated[Path | None, typer.Option(help="Write what is shown to this SVG file too.")] = None,
    chip_limits: Annotated[
        bool,
        typer.Option("--chip-limits", help="In an ESP8266's 34 KB of heap, in a 32-bit MicroPython."),
    ] = False,
) -> None:
    """Show the main job, from unboxed to online to erased. Ends by itself."""
    from firstlight.home.story import StepFailed
    from firstlight.home.timeline import Terminal, Timeline

    if picture:
        _check_writable(picture)
    console = Terminal(highlight=False, record=picture is not None, width=150 if picture else None)
    timeline = Timeline(console)
    try:
        loop.run(_demo(board, timeline, chip_limits))
    except StepFailed as error:
        timeline.flush()
        console.print(f"demo: failed at {error}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    seconds = timeline.elapsed
    if seconds > DEMO_LIMIT_S:
        console.print(f"demo: failed: {seconds:.1f} s is over {DEMO_LIMIT_S:g} s")
        raise typer.Exit(1)
    console.print(f"demo: ok in {seconds:.1f} s")
    if picture:
        console.save_svg(str(picture), title="make demo")


def _check_writable(picture: Path) -> None:
    try:
        picture.write_text("")
    except OSError as error:
        raise UserError(f"--picture: cannot write {picture} ({error.strerror}); choose another") from None


async def _demo(board: str, timeline: Timeline, chip_limits: bool) -> None:
    from firstlight.bench.limits import ESP8266
    from firstlight.home.household import Household
    from firstlight.home.story import story

    with tempfile.TemporaryDirectory(prefix="firstlight-") as directory:
        limits = {"limits": ESP8266, "small": True} if chip_limits else {}
        async with Household(Path(directory), scale=DEMO_SCALE, board=board, **limits) as home:
            timeline.say("bench", f"the radio waits {DEMO_SCALE:g} of a real one's times; the rest is real")
            home.device.subscribe(timeline.event)
            await story(home, timeline)
            timeline.flush()


def run(
    board: Annotated[str, typer.Option(help="The board that the virtual device is.")] = BOARD,
    portal: Annotated[str, typer.Option(help="Where the device's portal appears.")] = "127.0.0.1:8080",
    dns: Annotated[str, typer.Option(help="Where the device's DNS appears (UDP).")] = "127.0.0.1:5353",
    http: Annotated[str, typer.Option(help="Where the cloud's HTTP API listens.")] = "127.0.0.1:8700",
    mqtt: Annotated[str, typer.Option(help="Where the cloud's broker listens.")] = "127.0.0.1:1883",
) -> None:
    """Put a device, a home and a cloud up, and leave them to you until `quit` or Ctrl-C."""
    addresses = {
        "portal": host_port(portal, "--portal"),
        "dns": host_port(dns, "--dns"),
        "cloud_http": host_port(http, "--http"),
        "cloud_mqtt": host_port(mqtt, "--mqtt"),
    }
    loop.run(_run(board, addresses))


async def _run(board: str, addresses: dict[str, tuple[str, int]]) -> None:
    from firstlight.bench.command import live
    from firstlight.bench.show import People
    from firstlight.home.household import Household

    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="firstlight-") as directory:
        async with Household(Path(directory), board=board, **addresses) as home:
            console.print(await _welcome(home), markup=False, soft_wrap=True)
            await live(home.device, People(console))


async def _welcome(home: Household) -> str:
    claim = await home.account.new_claim_code("TMPL00000000", "My device")
    return _WELCOME.format(
        portal=home.device.portal_url,
        cloud=home.cloud.url,
        mqtt=home.cloud.mqtt_url,
        email=home.email,
        account_password=home.account_password,
        ssid=home.ssid,
        password=home.password,
        claim=claim.code,
        world=home.world,
    )
