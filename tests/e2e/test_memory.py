"""What a device loses of its heap when it loses its cloud, again and again: nothing."""

from __future__ import annotations

import asyncio
import re

import pytest

from e2e_support import firmware
from firstlight.bench.device import VirtualDevice
from firstlight.home.household import QUICK
from firstlight.phone import Portal
from small_broker import SmallBroker

APPLICATION = """
async def run(cloud):
    pass
"""
WORLD = '[timing]\nscale = 0.02\n[[access_point]]\nssid = "Home"\npassword = "12345678"\n'


async def free(unit: VirtualDevice) -> int:
    """Bytes, by the console's sys info, after a collection."""
    counted = len(unit.events)
    unit.type("sys info")
    for _ in range(200):
        for event in unit.events[counted:]:
            found = re.search(r"free heap: (\d+)", event.get("line", ""))
            if found:
                return int(found[1])
        await asyncio.sleep(0.02)
    raise AssertionError(unit.events[counted:])


async def broken_off(unit: VirtualDevice, broker: SmallBroker) -> None:
    broker.drop()
    await asyncio.wait_for(broker.ready.wait(), 10)
    await unit.wait("state", state="RUNNING", timeout=10)
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_nodemcu"])
def test_a_connection_that_breaks_leaves_nothing_behind(tmp_path, board):
    """One that did, by chains of dead tasks, took 3 KB each."""

    async def story() -> None:
        (tmp_path / "world.toml").write_text(WORLD)
        overrides = {**QUICK, "BACKOFF_FIRST_S": 0.1, "BACKOFF_MOST_S": 0.1}
        tree = firmware(tmp_path / "firmware", APPLICATION)
        world = tmp_path / "world.toml"
        unit = VirtualDevice(
            tmp_path / "device", board=board, world=world, overrides=overrides, firmware=tree
        )
        async with SmallBroker() as broker:
            try:
                await unit.start()
                async with Portal(unit.portal_url) as portal:
                    await portal.opened(10)
                    server = f"mqtt://127.0.0.1:{broker.port}"
                    await portal.configure("Home", "12345678", token="t" * 32, host=server)
                await unit.wait("state", state="RUNNING", timeout=20)
                for _ in range(2):
                    await broken_off(unit, broker)
                before = await free(unit)
                for _ in range(10):
                    await broken_off(unit, broker)
                assert before - await free(unit) < 4000
            finally:
                await unit.stop()

    asyncio.run(story())
