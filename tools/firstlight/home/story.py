"""The main job, from unboxed to online to erased, step by step."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from firstlight.home.household import Household
from firstlight.home.timeline import Timeline
from firstlight.phone import Provisioned, ProvisioningFailed, advice, provision


class StepFailed(Exception):
    """A step that did not end as it must; the text names it."""


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
        await home.open_portal(timeout=5)
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
            await home.open_portal(timeout=5)
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
        info = await home.open_portal(timeout=5)
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
