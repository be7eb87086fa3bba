"""The build for an ESP8266, from ROMFS: the main job, its failures, and all of it in the heap of the chip."""

from __future__ import annotations

import asyncio

import pytest

from e2e_support import online, play, value
from firstlight.bench.limits import ESP8266, SMALL_NAMES
from firstlight.bench.names import count_names
from firstlight.board.build import build
from firstlight.board.small import Small
from firstlight.home.household import QUICK, Household
from firstlight.home.story import story
from firstlight.home.timeline import Terminal, Timeline
from firstlight.phone import ProvisioningFailed, provision

BOARD = "esp8266_nodemcu"


@pytest.mark.parametrize("board", [BOARD, "esp8266_witty"])  # one lamp, and three
def test_main_job(tmp_path, board):
    async def scenario(home: Household) -> None:
        device_id = await online(home, claim_code=True)
        assert (await home.account.device(device_id))["firmware"] == "0.1.0"
        assert 15 < float(await value(home, device_id, "Temperature")) < 25
        await home.account.write(device_id, "Power", "0")
        await home.device.wait("log", line=lambda line: line.endswith("app power False"))
        await home.device.power_cut()
        await home.device.power_on()
        await home.device.wait("state", state="RUNNING")
        await home.device.hold(0.7)
        await home.device.wait("state", state="RESET_CONFIG")
        await home.device.wait("state", state="WAIT_CONFIG")

    times = {"BUTTON_NOTICE_S": 0.2, "BUTTON_ERASE_S": 0.5, "BUTTON_CANCEL_S": 1}
    play(tmp_path, scenario, board=board, small=True, overrides=times)


@pytest.mark.parametrize(
    ("changes", "code"), [({"ssid": "Moved away"}, 720), ({"dhcp": False}, 723), ({"internet": False}, 702)]
)
def test_failures_have_their_codes(tmp_path, changes, code):
    async def scenario(home: Household) -> None:
        home.set_home(**changes)
        await home.device.wait("log", line="bench: the world changed")
        with pytest.raises(ProvisioningFailed) as caught:
            await provision(home.portal, home.ssid, home.password, account=home.account, timeout=20)
        assert caught.value.code == code

    play(tmp_path, scenario, board=BOARD, small=True)


def test_the_demo_in_the_heap_of_the_chip(tmp_path):
    async def whole() -> None:
        options = {"board": BOARD, "limits": ESP8266, "small": True}
        async with Household(tmp_path, scale=0.1, overrides={"ERROR_S": QUICK["ERROR_S"]}, **options) as home:
            await story(home, Timeline(Terminal(quiet=True)))
            assert not [event for event in home.device.events if "MemoryError" in event.get("line", "")]

    asyncio.run(whole())


def test_it_brings_no_more_names_than_its_heap_was_measured_with(tmp_path):
    tree = build(BOARD, output=tmp_path / "tree", small=Small(whole_api=True))
    assert 100 < count_names(tree.rglob("*.mpy")) <= SMALL_NAMES
