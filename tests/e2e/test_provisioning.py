"""Whole virtual devices: real sockets, the real cloud, and only the radio's waiting times scaled."""

from __future__ import annotations

import asyncio

import pytest

from e2e_support import online, play, value
from firstlight.bench import boards
from firstlight.home.household import Household
from firstlight.phone import ProvisioningFailed, provision


def test_main_job(tmp_path):
    async def scenario(home: Household) -> None:
        device_id = await online(home)
        device = await home.account.device(device_id)
        assert device["name"] == "Test" and device["firmware"] == "0.1.0" and device["online"]
        assert 15 < float(await value(home, device_id, "Temperature")) < 25
        await home.account.write(device_id, "Power", "0")
        await home.device.wait("log", line=lambda line: line.endswith("app power False"))
        states = [event["state"] for event in home.device.events if event["event"] == "state"]
        assert states == [
            "WAIT_CONFIG",
            "CONFIGURING",
            "REBOOT",
            "CONNECTING_NET",
            "CONNECTING_CLOUD",
            "RUNNING",
        ]

    play(tmp_path, scenario)


def test_wrong_password_is_told_and_forgotten(tmp_path):
    async def scenario(home: Household) -> None:
        with pytest.raises(ProvisioningFailed) as caught:
            await provision(home.portal, home.ssid, "not the password", account=home.account, timeout=15)
        assert caught.value.code == 722 and "password" in str(caught.value)
        info = await home.open_portal()
        assert (info["last_error"], info["attempt"]) == (722, 1)
        await online(home)

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ssid": "Moved away"}, 720),
        ({"dhcp": False}, 723),
        ({"internet": False}, 702),
    ],
)
def test_faults_of_the_network_have_codes_of_their_own(tmp_path, changes, code):
    async def scenario(home: Household) -> None:
        home.set_home(**changes)
        await home.device.wait("log", line="bench: the world changed")
        with pytest.raises(ProvisioningFailed) as caught:
            await provision(home.portal, home.ssid, home.password, account=home.account, timeout=20)
        assert caught.value.code == code

    play(tmp_path, scenario)


def test_claim_code_becomes_a_token(tmp_path):
    async def scenario(home: Household) -> None:
        device_id = await online(home, claim_code=True)
        assert await value(home, device_id, "Temperature")
        await home.device.reset()  # the token was stored: no second claim
        await home.device.wait("state", state="RUNNING")
        claims = [event for event in home.device.events if "claim code exchanged" in event.get("line", "")]
        assert len(claims) == 1

    play(tmp_path, scenario)


def test_unknown_claim_code_is_told(tmp_path):
    async def scenario(home: Household) -> None:
        await home.portal.configure(home.ssid, home.password, claim="ZZZZZZZZ")
        await home.device.wait("reset")
        await home.device.wait("reset", timeout=15)
        info = await home.open_portal()
        assert info["last_error"] == 703 and "claim code" in info["last_error_detail"]

    play(tmp_path, scenario)


@pytest.mark.parametrize("milliseconds", [0, 20, 60, 150, 400])
def test_power_cut_after_config(tmp_path, milliseconds):
    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        await home.portal.configure(home.ssid, home.password, token=token.token, host=token.server)
        await asyncio.sleep(milliseconds / 1000)
        await home.device.power_cut()
        await home.device.power_on()
        await home.device.wait("state", state="RUNNING")

    play(tmp_path, scenario)


def test_power_cut_while_running(tmp_path):
    async def scenario(home: Household) -> None:
        await online(home)
        for _ in range(3):
            await home.device.power_cut()
            await home.device.power_on()
            await home.device.wait("state", state="RUNNING")

    play(tmp_path, scenario)


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_witty"])
def test_ten_seconds_on_the_button_erase(tmp_path, board):
    async def scenario(home: Household) -> None:
        device_id = await online(home)
        await home.device.hold(0.7)
        await home.device.wait("state", state="RESET_CONFIG")
        await home.device.wait("state", state="WAIT_CONFIG")
        await home.open_portal()
        assert not (await home.account.device(device_id))["online"]
        await home.device.power_cut()
        await home.device.power_on()
        await home.device.wait("state", state="WAIT_CONFIG")

    play(
        tmp_path,
        scenario,
        board=board,
        overrides={"BUTTON_NOTICE_S": 0.2, "BUTTON_ERASE_S": 0.5, "BUTTON_CANCEL_S": 1},
    )


@pytest.mark.parametrize("seconds", [0.1, 0.35, 1.3])
def test_other_presses_do_not(tmp_path, seconds):
    async def scenario(home: Household) -> None:
        await online(home)
        await home.device.hold(seconds)
        await asyncio.sleep(0.2)
        assert home.device.state == "RUNNING"

    play(tmp_path, scenario, overrides={"BUTTON_NOTICE_S": 0.2, "BUTTON_ERASE_S": 0.5, "BUTTON_CANCEL_S": 1})


@pytest.mark.parametrize(("clicks", "told"), [(1, "click"), (2, "double click")])
def test_clicks_reach_the_application(tmp_path, clicks, told):
    async def scenario(home: Household) -> None:
        await online(home)
        for _ in range(clicks):
            await home.device.hold(0.1)
            await asyncio.sleep(0.1)
        await home.device.wait("log", line=lambda line: line.endswith(f"button {told}"))
        await home.device.wait("log", line=lambda line: line.endswith("app power False"))

    play(tmp_path, scenario)


def test_the_cloud_reconfigures_and_the_device_keeps_its_token(tmp_path):
    """It opens the access point for one window, and is online again afterwards though nobody came."""

    async def scenario(home: Household) -> None:
        device_id = await online(home)
        await home.account.command(device_id, "reconfigure")
        await home.device.wait("reset")
        await home.device.wait("state", state="WAIT_CONFIG")
        assert (await home.open_portal())["last_error"] == 0
        await home.device.wait("state", state="RUNNING", timeout=20)
        assert (await home.account.device(device_id))["online"]

    play(tmp_path, scenario, overrides={"CONFIG_WINDOW_S": 0.8, "PHONE_GONE_S": 0.5})


def test_reset_from_the_portal_erases(tmp_path):
    async def scenario(home: Household) -> None:
        with pytest.raises(ProvisioningFailed):
            await provision(home.portal, home.ssid, "not the password", account=home.account, timeout=15)
        await home.open_portal()
        await home.portal.reset()
        await home.device.wait("state", state="RESET_CONFIG")
        info = await home.open_portal()
        assert (info["last_error"], info["attempt"]) == (0, 1)
        await home.portal.reboot()
        await home.device.wait("state", state="REBOOT")

    play(tmp_path, scenario)


def test_window_over_then_a_click_opens_it_again(tmp_path):
    async def scenario(home: Household) -> None:
        await home.device.wait("state", state="IDLE")
        await home.device.wait("ap", up=False)
        await home.device.hold(0.1)
        await home.device.wait("state", state="WAIT_CONFIG")
        await home.open_portal()
        await home.portal.board_info()
        await home.device.wait("state", state="CONFIGURING")
        await home.device.wait("state", state="WAIT_CONFIG")

    play(tmp_path, scenario, overrides={"CONFIG_WINDOW_S": 0.8, "PHONE_GONE_S": 0.5})


def test_verified_credentials_are_tried_until_the_network_is_back(tmp_path):
    async def scenario(home: Household) -> None:
        await online(home)
        home.set_home(ssid="Moved away")
        await home.device.wait("state", state="CONNECTING_NET")
        await home.device.wait("state", state="CONNECTING_NET")
        home.set_home()
        await home.device.wait("state", state="RUNNING", timeout=20)
        home.set_home(internet=False)
        await home.device.power_cut()
        await home.device.power_on()
        await home.device.wait("state", state="CONNECTING_NET")
        await home.device.wait("state", state="CONNECTING_CLOUD")
        await home.device.wait("state", state="CONNECTING_NET", timeout=20)
        home.set_home()
        await home.device.wait("state", state="RUNNING", timeout=20)

    play(tmp_path, scenario)


def test_a_refused_token_opens_the_access_point_for_a_window(tmp_path):
    async def scenario(home: Household) -> None:
        device_id = await online(home)
        await home.account.delete(device_id)
        await home.device.wait("state", state="WAIT_CONFIG", timeout=20)
        info = await home.open_portal()
        assert info["last_error"] == 703
        with pytest.raises(
            ProvisioningFailed
        ) as caught:  # a failing candidate leads back to what is verified
            await provision(home.portal, home.ssid, "not the password", account=home.account, timeout=15)
        assert caught.value.code == 703

    play(tmp_path, scenario, overrides={"CONFIG_WINDOW_S": 5})


def test_refused_forms_store_nothing(tmp_path):
    async def scenario(home: Household) -> None:
        token = "t" * 32
        for ssid, password, given, field in (
            ("x" * 33, "", token, "ssid"),
            ("Home", "12345", token, "pass"),
            ("Home", "", "short", "blynk"),
        ):
            with pytest.raises(ProvisioningFailed) as caught:
                await home.portal.configure(ssid, password, token=given)
            assert caught.value.code == 700 and caught.value.detail.startswith(field)
        await home.device.power_cut()
        await home.device.power_on()
        await home.device.wait("state", state="WAIT_CONFIG")
        assert (await home.open_portal())["attempt"] == 0

    play(tmp_path, scenario)


@pytest.mark.parametrize("board", sorted({boards.board(name).chip: name for name in boards.names()}.values()))
def test_a_board_of_every_chip_gets_online(tmp_path, board):
    async def scenario(home: Household) -> None:
        await online(home)

    play(tmp_path, scenario, board=board)
