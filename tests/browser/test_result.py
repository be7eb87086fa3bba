"""What the page says about the result: failures with their remedy, a lost connection, attempts of others."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from fake_device import ADDRESS, NAME, FakeDevice
from test_wizard import through
from wizard import Wizard

REMEDIES = {
    "Choose your Wi-Fi": {
        701: "“Home” gave no connection",
        702: "the cloud does not answer",
        704: "“Home” gave no connection",
        705: "cannot use this server",
        710: "the cloud does not answer",
        711: "cannot use this server",
        712: "asks for a sign-in",
        720: "“Home” was not found",
        723: "“Home” gave no connection",
        799: "in the device's own words",
    },
    "Wi-Fi password": {722: "Wrong Wi-Fi password"},
    "Code from your account": {703: "The code was not accepted"},
}


@pytest.mark.parametrize("step", REMEDIES)
def test_a_failure_has_a_reason_and_a_way_back(wizard, step):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        for attempt, (code, words) in enumerate(REMEDIES[step].items(), 1):
            device.say(result="failed", error=code, error_detail="in the device's own words")
            await expect(wizard.problem).to_contain_text(words)
            await wizard.sees("That did not work")
            await expect(wizard.heading).to_be_focused()
            await wizard.button("Try again").click()
            await wizard.sees(step)
            await expect(wizard.problem).to_be_hidden()
            if step == "Choose your Wi-Fi":
                await expect(wizard.page.get_by_label("Home")).to_be_checked()
                await wizard.button("Continue").click()
            if step != "Code from your account":
                await expect(wizard.page.locator("#pass")).to_have_value("p@ssw0rd")
                await wizard.button("Continue").click()
            await wizard.code()
            assert device.configured[attempt] == device.configured[0]

    wizard(scenario)


def test_a_fresh_page_says_why_the_last_try_failed(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await expect(wizard.problem).to_contain_text("“Gone” was not found")
        await expect(wizard.page.get_by_label("Network name")).to_have_value("Gone")
        await expect(wizard.page.get_by_label("Other network …")).to_be_checked()

    wizard(scenario, last_error=720, last_ssid="Gone", attempt=3)


REFUSALS = (
    (500, {"detail": "pass: too odd", "field": "pass"}, "too odd", "Wi-Fi password"),
    (500, {"detail": "gw: elsewhere", "field": "gw"}, "check the addresses", "Choose your Wi-Fi"),
    (500, {"detail": "ssid: too long", "field": "ssid"}, "too long", "Choose your Wi-Fi"),
    (500, {"detail": "claim: not this one", "field": "claim"}, "not this one", "Code from your account"),
    (500, {"msg": "storage: not saved"}, "not saved", "Code from your account"),
    (429, {"status": "error"}, "in 17 seconds", "Code from your account"),
)


def test_a_refusal_leads_to_the_field(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.choose("Home")
        for status, data, words, step in REFUSALS:
            device.answer = (status, data, {"Retry-After": "17"})
            if await wizard.heading.text_content() == "Choose your Wi-Fi":
                await wizard.button("Continue").click()
            if await wizard.heading.text_content() == "Wi-Fi password":
                await wizard.password("p@ssw0rd")
            await wizard.code("ABCD1234")
            await expect(wizard.problem).to_contain_text(words)
            await wizard.sees(step)

    wizard(scenario)


def test_a_running_attempt_is_shown_and_not_doubled(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.choose("Home")
        await wizard.password("p@ssw0rd")
        device.info["attempt"] = 8  # by another phone
        device.answer = (409, {"status": "error", "msg": "busy"}, {})
        device.say(result="trying", network="Somewhere", address="10.0.0.7")
        await wizard.code("ABCD1234")
        await expect(wizard.page.locator("#stages")).to_contain_text("IP address 10.0.0.7")
        device.say(result="ok")
        await wizard.sees(f"{NAME} is online")

    wizard(scenario)


def test_without_live_the_light_tells_and_the_page_comes_back(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        news = wizard.page.locator("#news")
        await through(wizard)
        await expect(news).to_contain_text("The device is restarting")
        await expect(news).to_contain_text(f"rejoin the Wi-Fi “{NAME}”")
        device.away = True
        await wizard.page.wait_for_timeout(300)
        device.away = False
        device.say(result="failed", error=722)
        await expect(wizard.problem).to_contain_text("Wrong Wi-Fi password")

    wizard(scenario, live=False)


def test_a_lost_connection_is_told_and_found_again(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        news = wizard.page.locator("#news")
        await through(wizard)
        await expect(wizard.page.locator("#stages")).to_contain_text("Joining")
        await expect(wizard.button("Back")).to_be_hidden()
        device.away = True
        await expect(news).to_contain_text("No connection to the device.")
        await expect(wizard.button("Back")).to_be_visible()
        device.away = False
        await expect(news).to_be_hidden()
        device.say(result="ok")
        await wizard.sees(f"{NAME} is online")

    wizard(scenario)


@pytest.mark.parametrize("result", ["trying", "failed"])
def test_a_reloaded_page_finds_its_result_and_asks_for_the_password_again(wizard, result):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        await expect(wizard.page.locator("#stages")).to_contain_text("Joining")
        await wizard.page.goto("about:blank")
        if result == "failed":
            device.say(result="failed", error=722)
            device.info |= {"last_error": 722, "last_ssid": "Home"}
        await wizard.page.goto(ADDRESS)
        if result == "trying":
            await expect(wizard.page.locator("#stages")).to_contain_text("Joining “Home”")
            device.say(result="failed", error=722)
        await expect(wizard.problem).to_contain_text("Wrong Wi-Fi password")
        await wizard.button("Try again").click()
        await wizard.sees("Wi-Fi password")
        await expect(wizard.page.locator("#pass")).to_have_value("")
        await wizard.password("another one")
        await wizard.code("ABCD1234")
        await wizard.sees("Connecting …")
        assert device.configured[1]["ssid"] == "Home"

    wizard(scenario)


def test_an_older_result_is_not_taken_for_this_one(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        await wizard.sees("Connecting …")
        device.say(attempt=4, result="failed", error=720)
        await wizard.page.wait_for_timeout(300)
        await wizard.sees("Connecting …")
        await expect(wizard.problem).to_be_hidden()
        device.say(result="ok")
        await wizard.sees(f"{NAME} is online")

    wizard(scenario, attempt=4)


def test_a_sheet_opened_anew_shows_what_the_device_is_doing(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        await wizard.page.evaluate("sessionStorage.clear()")
        await wizard.page.reload()
        await expect(wizard.page.locator("#stages")).to_contain_text("Joining “Home”")
        assert device.urls.count(ADDRESS + "wifi_scan.json") == 1  # a scan would disturb it
        device.say(result="ok")
        await wizard.sees(f"{NAME} is online")

    wizard(scenario)


def test_an_erased_device_leaves_a_way_back(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        await wizard.sees("Connecting …")
        device.say(result="none")
        await wizard.button("Back").click()
        await wizard.sees("Choose your Wi-Fi")

    wizard(scenario)


def test_another_phone_was_here_meanwhile(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        await wizard.sees("Connecting …")
        device.say(attempt=2, result="failed", error=720)
        await wizard.sees("Choose your Wi-Fi")
        await expect(wizard.page.get_by_label("Home")).to_be_checked()

    wizard(scenario)


def test_a_page_that_remembers_another_attempt_starts_anew(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.page.evaluate("sessionStorage.setItem('attempt', 9)")
        await wizard.page.reload()
        await expect(wizard.page.get_by_label("Home")).to_be_visible()

    wizard(scenario, attempt=2)


def test_without_a_store_for_the_attempt_it_works_as_well(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.page.add_init_script("delete Window.prototype.sessionStorage")
        await wizard.page.goto(ADDRESS)
        await through(wizard)
        device.say(result="ok")
        await wizard.sees(f"{NAME} is online")

    wizard(scenario)


def test_a_configuration_that_never_arrived_can_be_sent_again(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.choose("Home")
        await wizard.password("p@ssw0rd")
        await wizard.page.locator("#code").fill("ABCD1234")
        device.away = True
        await wizard.try_code()
        await expect(wizard.page.locator("#news")).to_contain_text("No connection to the device.")
        device.away = False
        await wizard.sees("Code from your account")
        await wizard.code()
        device.say(result="ok")
        await wizard.sees(f"{NAME} is online")

    wizard(scenario)


def test_a_device_that_is_away_at_first_is_waited_for(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await expect(wizard.problem).to_contain_text("No connection to the device.")
        device.away = False
        await expect(wizard.page.get_by_label("Home")).to_be_visible()
        await expect(wizard.problem).to_be_hidden()

    device = FakeDevice()
    device.away = True
    wizard(scenario, device=device)
