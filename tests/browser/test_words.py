"""Ten languages, switched without a reload, and a brand's own words."""

from __future__ import annotations

import json
import re

from playwright.async_api import expect

from fake_device import ADDRESS, NAME, FakeDevice, page_source
from test_access import LANGUAGES
from wizard import Wizard


def test_two_languages_without_a_reload(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        page = wizard.page
        await wizard.sees("Wähle dein WLAN")
        await expect(page.locator("html")).to_have_attribute("lang", "de")
        await expect(page).to_have_title(f"{NAME} einrichten")
        await page.get_by_text("Home", exact=True).click()
        await page.locator("#language").select_option("日本語")
        await wizard.sees("Wi-Fi を選択")
        await expect(page.locator("html")).to_have_attribute("lang", "ja")
        await expect(page.get_by_label("Home")).to_be_checked()
        await wizard.button("次へ").click()
        await expect(page.locator("#rule")).to_contain_text("現在 0")
        assert device.urls.count(ADDRESS) == 1

    wizard(scenario, context={"locale": "de-AT"})


def test_a_brand_has_its_name_and_instructions(wizard):
    async def scenario(wizard: Wizard, device: FakeDevice) -> None:
        page = wizard.page
        await expect(page).to_have_title("Set up Aurora")
        await page.get_by_text("Before you start").click()
        await expect(page.locator("#steps li")).to_have_text(["Pull the tab.", "Wait for <blue> light."])
        await page.locator("#language").select_option("de")
        await expect(page.locator("#steps li")).to_have_text(["Zieh die Lasche."])
        await page.locator("#language").select_option("pl")
        await expect(page.locator("#steps li")).to_have_count(2)

    brand = {
        "name": "Aurora",
        "steps": {"en": ["Pull the tab.", "Wait for <blue> light."], "de": ["Zieh die Lasche."]},
    }
    html, found = re.subn(r'(?<=brand)("?):{"name":"","steps":{}}', rf"\1:{json.dumps(brand)}", page_source())
    assert found == 1
    wizard(scenario, device=FakeDevice(html))


def test_no_language_lacks_a_text():
    texts = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(LANGUAGES.glob("*.json"))}
    assert sorted(texts) == sorted(["en", "de", "fr", "es", "it", "pt", "pl", "uk", "ja", "zh"])
    for code, own in texts.items():
        assert list(own) == list(texts["en"]), code
        for key, text in own.items():
            fields = re.findall(r"{\w+}", text)
            assert text.strip() == text and text, (code, key)
            assert sorted(fields) == sorted(re.findall(r"{\w+}", texts["en"][key])), (code, key)
    used = re.findall(r'"(\w+)"|data-t="([\w ]+)"', page_source())
    assert set(texts["en"]) - {"language"} <= {word for pair in used for word in " ".join(pair).split()}
