"""What a device does for years behind somebody's router: networks come and go, and it finds its way back."""

from __future__ import annotations

import asyncio

import pytest

from e2e_support import online, play
from firstlight.home.household import Household

AWAY = {"ssid": "Moved away"}


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_nodemcu"])
def test_a_lost_network_is_found_again(tmp_path, board):
    """An ESP32 opens its access point meanwhile; an ESP8266 cannot look for the network beside that."""

    async def scenario(home: Household) -> None:
        device = home.device
        await online(home)
        home.set_home(**AWAY)
        await device.wait("state", state="CONNECTING_NET")
        if device.board.is_esp32:
            assert (await home.open_portal(20))["last_error"] == 720
            await asyncio.sleep(
                2
            )  # the phone's request has ended the search; it begins anew when the phone is gone
        else:
            await asyncio.sleep(3)
        home.set_home()
        await device.wait("state", state="RUNNING", timeout=20)
        assert _windows(home) == (1 if device.board.is_esp32 else 0)

    overrides = {"LOST_S": 0.5, "CONFIG_WINDOW_S": 60, "PHONE_GONE_S": 1}
    play(tmp_path, scenario, board=board, overrides=overrides)


def test_the_window_of_a_lost_network_opens_once(tmp_path):
    async def scenario(home: Household) -> None:
        await online(home)
        home.set_home(**AWAY)
        await home.device.wait("ap", up=True, timeout=20)
        await home.device.wait("ap", up=False)
        for _ in range(4):
            await home.device.wait("state", state="CONNECTING_NET")
        assert _windows(home) == 1

    play(tmp_path, scenario, overrides={"LOST_S": 0.5, "CONFIG_WINDOW_S": 1})


def _windows(home: Household) -> int:
    """How often it has restarted to open its access point."""
    lines = [event["line"] for event in home.device.events if event["event"] == "log"]
    return len([line for line in lines if line.endswith("restart for WAIT_CONFIG")])


def test_a_second_network_takes_over(tmp_path):
    """Both were given by the owner, one after the other; the device goes where it gets online."""

    async def scenario(home: Household) -> None:
        device_id = await online(home)
        home.set_home(ssid="Shed")
        await home.device.wait("log", line="bench: the world changed")
        await home.open_portal(20)
        await home.portal.configure("Shed", home.password)
        await home.device.wait("state", state="RUNNING", timeout=20)
        home.set_home()
        await home.device.wait("state", state="RUNNING", timeout=20)
        assert (await home.account.device(device_id))["online"]
        await home.device.power_cut()
        await home.device.power_on()  # and there it begins the next time
        await home.device.wait("log", line=lambda line: line.endswith("joining " + home.ssid))
        await home.device.wait("state", state="RUNNING", timeout=20)

    play(tmp_path, scenario, overrides={"LOST_S": 0.5, "CONFIG_WINDOW_S": 60, "PHONE_GONE_S": 1})
