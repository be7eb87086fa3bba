"""The wizard against a whole virtual device: the page from its flash, its radio, its cloud."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from playwright.async_api import Error, Page, expect

from firstlight.home.household import Household
from wizard import Wizard

BOARDS = ("esp32_devkit", "esp8266_nodemcu")


async def claim_code(home: Household) -> str:
    return (await home.account.new_claim_code("TMPL00000000", "Test")).code


async def online(wizard: Wizard, home: Household, live: bool) -> None:
    """The device is in its owner's account, and the page has said what this board can let it say."""
    if live:
        await expect(wizard.heading).to_contain_text("is online", timeout=20000)
    else:
        await expect(wizard.page.locator("#news")).to_contain_text("breathing slowly")
    await home.device.wait("state", state="RUNNING", timeout=20)
    assert [device["online"] for device in await home.account.devices()] == [True]


async def is_live(home: Household) -> bool:
    """Whether the device tries while its access point stays: an ESP32 does."""
    live = (await home.portal.board_info())["live"]
    assert live is home.device.board.is_esp32
    return live


async def come_back(page: Page, home: Household) -> None:
    """Open the page as soon as the device serves it."""
    for _ in range(100):
        with contextlib.suppress(Error):
            await page.goto(home.device.portal_url)
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the portal did not come back")


@pytest.mark.parametrize("board", BOARDS)
def test_claim_code_link(stage, tmp_path, board):
    async def scenario(page: Page, home: Household) -> None:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        wizard, code, live = Wizard(page), await claim_code(home), await is_live(home)
        await page.goto(f"{home.device.portal_url}/#claim={code}")
        await wizard.choose(home.ssid)
        await wizard.password(home.password)
        await wizard.code()
        await online(wizard, home, live)
        assert page.url == home.device.portal_url + "/"
        assert not any(code[:4] in url or "p%40ss" in url for url in asked)

    stage.play_at_home(scenario, tmp_path, board)


@pytest.mark.parametrize("board", BOARDS)
def test_wrong_password_and_then_the_right_one(stage, tmp_path, board):
    async def scenario(page: Page, home: Household) -> None:
        wizard, live = Wizard(page), await is_live(home)
        await page.goto(home.device.portal_url)
        await wizard.choose(home.ssid)
        await wizard.password("not the password")
        await wizard.code(await claim_code(home))
        await expect(wizard.problem).to_contain_text("Wrong Wi-Fi password", timeout=20000)
        await wizard.sees("That did not work")
        await wizard.button("Try again").click()
        await wizard.password(home.password)
        await wizard.code()
        await online(wizard, home, live)

    stage.play_at_home(scenario, tmp_path, board)


def test_hidden_network(stage, tmp_path):
    async def scenario(page: Page, home: Household) -> None:
        home.set_home(hidden=True)
        await home.device.wait("log", line="bench: the world changed")
        wizard, live = Wizard(page), await is_live(home)
        await page.goto(home.device.portal_url)
        await expect(page.get_by_text("Upstairs")).to_be_visible()
        await expect(page.get_by_text(home.ssid)).to_have_count(0)
        await wizard.type_network(home.ssid)
        await wizard.password(home.password)
        await wizard.code(await claim_code(home))
        await online(wizard, home, live)

    stage.play_at_home(scenario, tmp_path)


def test_a_page_that_lost_the_device_finds_the_result_after_a_reload(stage, tmp_path):
    async def scenario(page: Page, home: Household) -> None:
        wizard = Wizard(page)
        await page.goto(home.device.portal_url)
        await wizard.choose(home.ssid)
        await wizard.password("not the password")
        await wizard.code(await claim_code(home))
        await expect(page.locator("#news")).to_contain_text("restarting")
        await home.device.wait("ap", up=False, timeout=20)
        await page.goto("about:blank")
        await come_back(page, home)
        await wizard.sees("That did not work")
        await expect(wizard.problem).to_contain_text("Wrong Wi-Fi password")

    stage.play_at_home(scenario, tmp_path, "esp8266_nodemcu")


def test_without_javascript(stage, tmp_path):
    async def scenario(page: Page, home: Household) -> None:
        await page.goto(home.device.portal_url)
        await page.get_by_label("Network name").fill(home.ssid)
        await page.get_by_label("Wi-Fi password").fill(home.password)
        await page.get_by_label("Code from your account").fill((await claim_code(home)).lower())
        await page.get_by_role("button", name="Connect").click()
        await expect(page.locator("body")).to_contain_text("If the access point is back after a while")
        await home.device.wait("state", state="RUNNING", timeout=20)
        assert [device["online"] for device in await home.account.devices()] == [True]

    stage.play_at_home(scenario, tmp_path, java_script_enabled=False)
