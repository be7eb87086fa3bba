"""The last step: a claim code or a token, typed or brought by a link, or neither."""

from __future__ import annotations

import re

from playwright.async_api import expect

from fake_device import ADDRESS, FakeDevice
from test_wizard import TOKEN
from wizard import Wizard


def test_the_link_brings_the_code_and_loses_it(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        page, code = wizard.page, wizard.page.locator("#code")
        for link, shown in (
            ("", "ABCD-1234"),  # the one that the page was opened with
            ("#ABcd-5678", "ABCD-5678"),
            (f"#token={TOKEN}", TOKEN),
            ("#%F0%F0", "%F0%F0"),
            (f"#{TOKEN}", TOKEN),
        ):
            await page.evaluate("link => { if (link) location.hash = link }", link)
            await expect(code).to_have_value(shown)
            await page.wait_for_url(ADDRESS)
        await wizard.choose("Guests")
        await wizard.code()
        await wizard.sees("Connecting …")
        assert device.configured[0]["blynk"] == TOKEN
        assert not any(re.search("abcd", url, re.IGNORECASE) for url in device.urls)

    wizard(scenario, link="#claim=abcd1234")


def test_a_product_without_claim_codes_wants_a_token(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.choose("Guests")
        await expect(wizard.page.locator("#hint")).to_have_text("A token of 32 characters.")
        await wizard.try_code("ABCD1234")
        await expect(wizard.page.locator("#hint")).to_have_class("hint wrong")
        await wizard.code(TOKEN)
        await wizard.sees("Connecting …")

    wizard(scenario, claim=False)


def test_a_device_that_keeps_its_account_needs_no_code(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        await wizard.choose("Guests")
        await expect(wizard.page.locator("#hint")).to_contain_text("Leave empty to keep")
        await wizard.code("")
        await wizard.sees("Connecting …")
        assert not {"claim", "blynk"} & set(device.configured[0])

    wizard(scenario, kept=True)
