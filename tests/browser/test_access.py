"""Everybody gets through: axe-core on every step, every language on a narrow screen, old WebViews."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from fake_device import FakeDevice
from test_wizard import through
from wizard import Wizard

LANGUAGES = Path(__file__).parents[2] / "firmware" / "provisioning" / "page" / "languages"
AXE = Axe()


async def walk(wizard: Wizard, device: FakeDevice, look) -> None:
    """Go through every step and what it may show, and call `await look(name)` at each."""
    page = wizard.page
    await expect(page.get_by_text("Looking for networks")).to_be_visible()
    await look("scan")
    device.scanned.set()
    await page.get_by_text("Advanced settings").click()
    await page.get_by_text("Other network …").click()
    await expect(page.locator(".row")).to_have_count(len(device.networks) + 1)
    await wizard.button("Continue").click()
    await look("network")
    await wizard.type_network("A network with 32 bytes in itWW")
    await page.locator("#pass").fill("x" * 64)
    await wizard.button("Continue").click()
    await look("password")
    await wizard.password("p@ssw0rd")
    await wizard.try_code("ABCD123")
    await look("account")
    device.say(address="192.168.123.234", result="trying")
    await wizard.code("ABCD1234")
    device.say(address="192.168.123.234")
    await expect(page.locator("#stages li")).to_have_count(3)
    await look("live")
    device.away = True
    await expect(wizard.button("Back")).to_be_visible()
    await look("lost")
    device.away = False
    device.say(result="failed", error=720)
    await expect(wizard.problem).to_be_visible()
    await look("failed")
    await wizard.button("Try again").click()
    await wizard.choose("Guests")
    await wizard.code()
    device.say(result="ok")
    await wizard.sees("Blynk Device-K9WJ is online")
    await look("done")


def a_slow_scan() -> FakeDevice:
    device = FakeDevice()
    device.scanned.clear()
    return device


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(wizard, scheme):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        seen = []

        async def look(name: str) -> None:
            results = await AXE.run(wizard.page)
            found = [(rule["id"], rule["impact"], rule["nodes"]) for rule in results.response["violations"]]
            assert not found, (name, found)
            seen.append(name)

        await walk(wizard, device, look)
        assert len(seen) == 8

    wizard(scenario, device=a_slow_scan(), context={"color_scheme": scheme, "reduced_motion": "reduce"})


# Offers every language in turn and returns what sticks out of the screen or of its box, or lacks its text.
TRY_ALL = """() => {
    const select = document.getElementById("language")
    const before = select.value
    const found = []
    const speak = language => { select.value = language; select.onchange() }
    const overflows = one => one.clientWidth && one.scrollWidth > one.clientWidth + 1
    for (const option of select.options) {
        speak(option.value)
        const boxes = document.querySelectorAll("body, header, section *:not(input), footer *")
        const out = [...boxes].filter(overflows)
        if (document.documentElement.scrollWidth > innerWidth) out.push(document.body)
        if (/undefined|[{}]/.test(document.body.innerText)) out.push(document.body)
        out.forEach(one => found.push([option.value, one.outerHTML.slice(0, 80)]))
    }
    speak(before)
    return [select.options.length, found]
}"""


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_cut_off_in_any_language(wizard, width):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        async def look(name: str) -> None:
            assert await wizard.page.evaluate(TRY_ALL) == [10, []], name

        await walk(wizard, device, look)

    wizard(scenario, device=a_slow_scan(), context={"viewport": {"width": width, "height": 640}})


def test_a_phone_in_portrait_sees_the_button_without_scrolling(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await expect(wizard.page.locator(".row")).to_have_count(16)
        await expect(wizard.button("Continue")).to_be_in_viewport()

    device = FakeDevice()
    device.networks = [{**device.networks[0], "ssid": f"Network {at}"} for at in range(15)]
    wizard(scenario, device=device)


def test_the_page_is_one_request(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        own = {"", "board_info.json", "wifi_scan.json", "config", "status.json"}
        assert {url.split("/", 3)[3] for url in device.urls} <= own

    wizard(scenario)


YOUNG = r"\?\.\D|\?\?|\|\|=|&&=|catch \{|replaceAll|replaceChildren|\.at\(|\.flat|fromEntries|structuredClone"


def test_the_script_is_old_enough_for_captive_sheets():
    script = (LANGUAGES.parent / "wizard.js").read_text("utf-8")
    code = re.sub(r"^\s*//.*|'[^'\n]*'|\"[^\"\n]*\"", "", script, flags=re.MULTILINE)
    assert not re.findall(YOUNG, code)
