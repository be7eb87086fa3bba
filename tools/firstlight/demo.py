"""`firstlight demo`: the main job, unboxed to online to erased, told as a timeline."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from firstlight.household import Household
from firstlight.phone import Provisioned, ProvisioningFailed, Step, advice, provision

SCALE = 0.25  # of the radio's waiting times, so that the demo fits into a minute
LIMIT_S = 60.0


class StepFailed(Exception):
    """A step that did not end as it must; the text names it."""


class Timeline:
    """Prints what happens: elapsed seconds, the device's state, its light, and words.

    A state's log line and its light reach us by different ways: rows wait until the light has shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._state = ""
        self._light = ""
        self._waiting: list[tuple[float, str, str, str]] | None = None  # None: the light is known

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def say(self, who: str, words: str, style: str = "") -> None:
        """Print one row, now or when the light of the state has shown."""
        row = (self.elapsed, who, words, style)
        if self._waiting is None:
            self._print(*row)
        else:
            self._waiting.append(row)

    def event(self, event: dict[str, Any]) -> None:
        """Take an event of the device."""
        kind = event["event"]
        if kind == "led" and event["rgb"] != "000000":
            self._light = event["rgb"]
            self.flush()
        elif kind == "state":
            self.flush()
            self._state = event["state"]
            if event["state"] == "REBOOT":  # keeps the light it had
                self.say("device", event["state"])
            else:
                self._waiting = []
                self.say("device", event["state"])
        elif kind == "ap" and event["up"]:
            self.say("device", f"access point {event['ssid']!r} at {event['url']}")
        elif kind == "reset":
            self.say("device", "resets")
        elif kind == "log":
            self._log(event["line"])

    def step(self, step: Step) -> None:
        """Take a step of the phone."""
        self.say("phone", step.text, "yellow" if step.warning else "")

    def flush(self) -> None:
        """Print the rows that wait."""
        rows, self._waiting = self._waiting or (), None
        for row in rows:
            self._print(*row)

    def _log(self, line: str) -> None:
        """Of the device's own log only what a person at home would want to know."""
        words = line.split(" ", 3)
        if len(words) == 4 and words[2] in ("wifi", "cloud", "storage", "app", "button", "portal", "agent"):
            self.say("device", words[3], "red" if words[1] == "E" else "yellow" if words[1] == "W" else "")

    def _print(self, elapsed: float, who: str, words: str, style: str) -> None:
        row = Text(f"{elapsed:5.1f} s  ")
        row.append("● " if self._light else "○ ", style="#" + _bright(self._light) if self._light else "dim")
        row.append(f"{self._state:<17}", style="dim")
        row.append(f"{who:<8}", style="bold")
        row.append(words, style="bold cyan" if words == self._state else style)
        self._console.print(row, soft_wrap=True)


def _bright(rgb: str) -> str:
    """The same hue at full brightness: the first step of a wave is too dark to read."""
    parts = [int(rgb[at : at + 2], 16) for at in (0, 2, 4)]
    top = max(parts) or 1
    return "".join(f"{part * 255 // top:02X}" for part in parts)


@contextlib.asynccontextmanager
async def _step(name: str) -> AsyncIterator[None]:
    """Turn a deadline that is missed in here into a failure of this step."""
    try:
        yield
    except (TimeoutError, asyncio.TimeoutError) as error:
        raise StepFailed(f"{name}: {error or 'not in time'}") from None
    except ProvisioningFailed as error:
        raise StepFailed(f"{name}: {error}") from None


async def story(home: Household, timeline: Timeline) -> None:
    """The main job, step by step. Raises StepFailed."""
    device, account = home.device, home.account
    async with _step("power on"):
        timeline.say("owner", "unpacks the device and powers it on")
        await device.start()
        await device.wait("state", state="WAIT_CONFIG", timeout=10)
        await device.wait("ap", up=True, timeout=5)
    await _wrong_password(home, timeline)
    async with _step("right password"):
        timeline.say("owner", "types the right password")
        done = await _provision(home, home.password, timeline)
        device_id = (done.device or {})["id"]
        await device.wait("state", state="RUNNING", timeout=5)
    async with _step("uplink"):
        value = await _until(lambda: _value(account, device_id, "Temperature"), 10)
        timeline.say("cloud", f"Temperature of the device is {value}")
    async with _step("downlink"):
        timeline.say("owner", "sets the wanted temperature to 24.5 from the account")
        await account.write(device_id, "Set Temperature", 24.5)
        await device.wait("log", timeout=5, line=lambda line: "wanted temperature 24.5" in line)
    await _erase(home, timeline, device_id)


async def _wrong_password(home: Household, timeline: Timeline) -> None:
    timeline.say("owner", "mistypes the Wi-Fi password")
    async with _step("wrong password"):
        try:
            await _provision(home, "not the password", timeline)
        except ProvisioningFailed as error:
            if error.code != 722:
                raise
            timeline.say("phone", f"{error.code}: {error}", "yellow")
            await home.device.wait("ap", up=True, timeout=5)
        else:
            raise StepFailed("wrong password: the device went online with it")


async def _provision(home: Household, password: str, timeline: Timeline) -> Provisioned:
    return await provision(
        home.portal,
        home.ssid,
        password,
        account=home.account,
        name="Living room",
        timeout=20,
        on_step=timeline.step,
    )


async def _erase(home: Household, timeline: Timeline, device_id: str) -> None:
    device = home.device
    async with _step("erase"):
        timeline.say("owner", "holds the button for ten seconds")
        erased = asyncio.create_task(device.wait("state", state="RESET_CONFIG", timeout=15))
        await device.hold(10.5)
        await erased
        await device.wait("state", state="WAIT_CONFIG", timeout=10)
        await device.wait("ap", up=True, timeout=5)
        info = await home.portal.board_info()
        if info["last_error"]:
            raise StepFailed(f"erase: the device still reports {advice(info['last_error']).words}")
        offline = await _until(lambda: _offline(home.account, device_id), 10)
        timeline.say("cloud", f"the device is {'offline' if offline else 'online'}; it can be given away")


async def _value(account: Any, device_id: str, name: str) -> str | None:
    entry = (await account.device(device_id))["values"].get(name)
    return entry and entry["value"]


async def _offline(account: Any, device_id: str) -> bool:
    return not (await account.device(device_id))["online"]


async def _until(ask: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    """The first true answer; asked four times a second. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (answer := await ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing within {seconds:g} s")
        await asyncio.sleep(0.25)
    return answer


def demo(
    board: str = typer.Option("esp32c3_devkit", help="The board that the virtual device is."),
) -> None:
    """Show the main job, from unboxed to online to erased. Ends by itself."""
    console = Console(highlight=False)
    timeline = Timeline(console)
    try:
        asyncio.run(_run(board, timeline))
    except StepFailed as error:
        console.print(f"demo: failed at {error}", markup=False)
        raise typer.Exit(1) from None
    timeline.flush()
    seconds = timeline.elapsed
    if seconds > LIMIT_S:
        console.print(f"demo: failed: {seconds:.1f} s is over {LIMIT_S:g} s")
        raise typer.Exit(1)
    console.print(f"demo: ok in {seconds:.1f} s")


async def _run(board: str, timeline: Timeline) -> None:
    with tempfile.TemporaryDirectory(prefix="firstlight-") as directory:
        async with Household(Path(directory), scale=SCALE, board=board) as home:
            timeline.say("bench", f"radio times are {SCALE:g} of a real radio's; all else runs in real time")
            home.device.subscribe(timeline.event)
            await story(home, timeline)
