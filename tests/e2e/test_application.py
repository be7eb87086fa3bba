"""A product's own code may do what it likes: the device goes on, and tells what went wrong."""

from __future__ import annotations

import asyncio

from e2e_support import firmware, online, play
from firstlight.home.household import Household

APPLICATION = """
import asyncio

async def run(cloud):
    @cloud.on("Set Temperature")
    def handler(value):
        return 1 / int(value)

    @cloud.on_state
    def state(name):
        raise ValueError("no such state: " + name)

    while True:
        await asyncio.sleep(0.5)
        await cloud.write("Temperature", 20)
        raise OSError("the sensor does not answer")
"""


def test_a_broken_application_takes_nothing_else_down(tmp_path):
    async def scenario(home: Household) -> None:
        device_id = await online(home)
        for _ in range(2):  # it starts again, and reports again
            await home.device.wait("log", line=lambda line: line.endswith("I app starts again"))
        await home.account.write(device_id, "Set Temperature", "0")
        await home.device.wait("log", line=lambda line: "ZeroDivisionError" in line)
        await asyncio.sleep(1)
        assert home.device.state == "RUNNING"
        assert (await home.account.device(device_id))["online"]
        resets = [event for event in home.device.events if event["event"] == "reset"]
        assert len(resets) == 1  # the one that followed its configuration

    play(tmp_path, scenario, firmware=firmware(tmp_path / "firmware", APPLICATION))
