"""What a person does on the page, in the words of a person."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect


class Wizard:
    """The page in the hands of somebody who reads English."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heading = page.locator("h2:visible")
        self.problem = page.get_by_role("alert")

    def button(self, name: str) -> Locator:
        """A button by its whole text."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def sees(self, heading: str) -> None:
        """Wait for the step with this heading."""
        await expect(self.heading).to_have_text(heading)

    async def choose(self, ssid: str) -> None:
        """Choose a network of the list."""
        await self.page.get_by_text(ssid, exact=True).click()
        await self.button("Continue").click()

    async def type_network(self, ssid: str) -> None:
        """Name a network that is not in the list."""
        await self.page.get_by_text("Other network …").click()
        await self.page.get_by_label("Network name").fill(ssid)
        await self.button("Continue").click()

    async def password(self, text: str) -> None:
        """Give the Wi-Fi password."""
        await self.sees("Wi-Fi password")
        await self.page.locator("#pass").fill(text)
        await self.button("Continue").click()

    async def code(self, text: str | None = None) -> None:
        """Give the code, or take the one that the link brought; returns when the device has answered."""
        async with self.page.expect_response("**/config"):
            await self.try_code(text)

    async def try_code(self, text: str | None = None) -> None:
        """Give a code, and no matter what then happens."""
        await self.sees("Code from your account")
        if text is not None:
            await self.page.locator("#code").fill(text)
        await self.button("Connect").click()
