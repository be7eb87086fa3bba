"""The wizard's steps, against a device that says what each test needs."""

from __future__ import annotations

import time

from playwright.async_api import expect

from fake_device import ADDRESS, NAME, FakeDevice, row
from wizard import Wizard

TOKEN = "abcdefghijklmnopqrstuvwxyz-_0123"


async def through(
    wizard: Wizard, ssid: str = "Home", password: str = "p@ssw0rd", code: str = "ABCD1234"
) -> None:
    await wizard.choose(ssid)
    await wizard.password(password)
    await wizard.code(code)


def test_live_from_the_list_to_online(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await through(wizard)
        await wizard.sees("Connecting …")
        stages = wizard.page.locator("#stages li")
        await expect(stages).to_have_text(["Joining “Home”"])
        device.say(address="192.168.1.23")
        await expect(stages).to_have_text(
            ["Joining “Home”", "IP address 192.168.1.23", "Signing in to the cloud"]
        )
        device.say(result="ok", state="RUNNING")
        await wizard.sees(f"{NAME} is online")
        await expect(wizard.heading).to_be_focused()
        await expect(wizard.page.get_by_text("You can close this page.")).to_be_visible()
        sent = {"if": "wifi", "ssid": "Home", "pass": "p@ssw0rd", "claim": "ABCD1234", "live": "1"}
        assert device.configured == [sent] and abs(device.times[0] - time.time()) < 60
        values = await wizard.page.eval_on_selector_all("input", "inputs => inputs.map(input => input.value)")
        assert not {"p@ssw0rd", "ABCD-1234", "ABCD1234"} & set(values)
        held = await wizard.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
        assert held == '[{"attempt":"0"},{}]'

    wizard(scenario)


BYTES = {
    "Café & Co": "p@ss+w0rd &%?!",
    "  two spaces, then one ": "  8 at the ends  ",
    '<img src=x onerror="boom()">"\\': "<b>&amp;</b>",
    "\x01\t\n\x7f control": "x" * 63,
    "🏡🏡🏡🏡🏡🏡🏡🏡": "0123456789abcdefABCDEF" + "0" * 42,
}


def test_values_arrive_byte_for_byte(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        device.answer = (500, {"detail": "ssid: once more", "field": "ssid"}, {})
        names = wizard.page.locator(".row bdi")
        await expect(names).to_have_count(len(BYTES) + 1)
        for at, (ssid, password) in enumerate(BYTES.items()):
            assert await names.nth(at).evaluate("element => element.textContent") == ssid
            await names.nth(at).click()
            await wizard.button("Continue").click()
            await wizard.password(password)
            await wizard.code("ABCD1234")
            await wizard.sees("Choose your Wi-Fi")
            assert (device.configured[at]["ssid"], device.configured[at]["pass"]) == (ssid, password)
        assert await wizard.page.locator("img").count() == 0

    device = FakeDevice()
    device.networks = [row(ssid) for ssid in BYTES]
    wizard(scenario, device=device)


def test_a_hidden_network_with_a_fixed_address(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        page = wizard.page
        await page.get_by_text("Advanced settings").click()
        await page.get_by_label("IP address").fill("192.168.1.300.2")
        await wizard.type_network("")
        await expect(page.get_by_label("Network name")).to_be_focused()
        await wizard.type_network(" Café & Co ")
        await expect(wizard.problem).to_contain_text("check the addresses")
        for label, value in (("IP address", "192.168.1.20"), ("Subnet mask", "255.255.255.0")):
            await page.get_by_label(label).fill(value)
        await wizard.button("Continue").click()
        await expect(wizard.problem).to_contain_text("check the addresses")
        await page.get_by_label("Gateway").fill("192.168.1.1")
        await wizard.button("Continue").click()
        await expect(page.locator("#rule")).to_contain_text("Leave empty if there is none.")
        await wizard.password("")
        await wizard.code(TOKEN)
        await wizard.sees("Connecting …")
        assert device.configured == [
            {
                "if": "wifi",
                "ssidManual": " Café & Co ",
                "pass": "",
                "blynk": TOKEN,
                "ip": "192.168.1.20",
                "mask": "255.255.255.0",
                "gw": "192.168.1.1",
                "live": "1",
            }
        ]

    wizard(scenario)


def test_an_open_network_needs_no_password(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.choose("Home")
        await wizard.password("typed for another one")
        await wizard.button("Back").click()
        await wizard.button("Back").click()
        await wizard.choose("Guests")
        await wizard.code("abcd 1234")
        await wizard.sees("Connecting …")
        assert device.configured[0]["pass"] == ""
        assert device.configured[0]["claim"] == "ABCD1234"

    wizard(scenario)


def test_rules_are_told_while_typing(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.choose("Home")
        field, rule = wizard.page.locator("#pass"), wizard.page.locator("#rule")
        for text, size, kind in (
            ("", 0, ""),
            ("1234567", 7, ""),
            ("12345678", 8, "right"),
            ("ж" * 4, 8, "right"),
            ("x" * 63, 63, "right"),
            ("x" * 64, 64, "wrong"),
            ("f0" * 32, 64, "right"),
        ):
            await field.fill(text)
            await expect(rule).to_contain_text(f"So far: {size}")
            await expect(rule).to_have_class(f"hint {kind}".strip())
        await field.fill("short")
        await wizard.button("Continue").click()
        await wizard.sees("Wi-Fi password")
        await expect(field).to_be_focused()
        await expect(field).to_have_attribute("aria-invalid", "true")
        assert await field.get_attribute("type") == "password"
        await wizard.page.get_by_label("Show password").check()
        assert await field.get_attribute("type") == "text"
        await wizard.password("long enough")
        await wizard.try_code("ABCD123")
        await wizard.sees("Code from your account")
        await expect(wizard.page.locator("#hint")).to_have_class("hint wrong")
        assert not device.configured

    wizard(scenario)


def test_the_scan_shows_that_it_goes_on_and_can_be_repeated(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        page = wizard.page
        await expect(page.get_by_role("status").filter(has_text="Looking for networks …")).to_be_visible()
        await expect(page.get_by_text("Other network …")).to_be_visible()
        device.networks = []
        device.scanned.set()
        await expect(page.get_by_text("No networks found.")).to_be_visible()
        device.networks = [row("Home"), row("Guests", sec="OPEN")]
        await wizard.button("Search again").click()
        await page.get_by_label("Guests").check()
        assert device.urls[-1] == ADDRESS + "wifi_scan.json?fresh=1"
        await expect(page.get_by_label("Home")).to_have_accessible_name("Home Password needed Signal 3 of 4")
        await wizard.button("Search again").click()
        await expect(page.get_by_text("Looking for networks …")).to_be_hidden()
        await expect(page.get_by_label("Guests")).to_be_checked()
        await expect(wizard.button("Search again")).to_be_focused()

    device = FakeDevice()
    device.scanned.clear()
    wizard(scenario, device=device)


def test_what_is_typed_while_it_scans_stays(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        page = wizard.page
        await page.get_by_label("Other network …").focus()
        await page.keyboard.press("Space")
        await page.get_by_label("Network name").fill("Hidden one")
        await page.get_by_label("Other network …").focus()
        device.scanned.set()
        await expect(page.get_by_label("Home")).to_be_visible()
        await expect(page.get_by_label("Other network …")).to_be_checked()
        await expect(page.get_by_label("Other network …")).to_be_focused()
        await expect(page.get_by_label("Network name")).to_have_value("Hidden one")

    device = FakeDevice()
    device.scanned.clear()
    wizard(scenario, device=device)


def test_by_keyboard_alone(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        page = wizard.page
        await expect(page.get_by_text("Home", exact=True)).to_be_visible()
        press = page.keyboard.press
        await page.locator("#language").focus()
        for key in ("Tab", "Space", "ArrowDown", "Enter"):
            await press(key)
        await wizard.sees("Wi-Fi password")
        await expect(wizard.heading).to_be_focused()
        await expect(page.locator("#chosen")).to_have_text("Home")
        await press("Tab")
        await page.keyboard.type("p@ssw0rd")
        await press("Enter")
        await wizard.sees("Code from your account")
        await press("Tab")
        await page.keyboard.type("abcd1234")
        await press("Enter")
        await wizard.sees("Connecting …")

    wizard(scenario)
