"""`make screenshots`: the page's pictures in docs/screenshots, taken of what a board would serve."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Page, expect

import chromium
from fake_device import ADDRESS, FakeDevice

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LIMIT = 60_000  # bytes of a picture
DESKTOP = {"width": 1280, "height": 760}
NARROW = {"width": 320, "height": 640}


async def choose(page: Page, device: FakeDevice) -> None:
    await page.get_by_text("Café & Co").click()


async def password(page: Page, device: FakeDevice) -> None:
    await choose(page, device)
    await page.locator("#next").click()
    await page.locator("#pass").fill("p@ss+w0")


async def code(page: Page, device: FakeDevice) -> None:
    await password(page, device)
    await page.locator("#pass").fill("p@ss+w0rd &%?!")
    await page.locator("#next").click()


async def connecting(page: Page, device: FakeDevice) -> None:
    await code(page, device)
    async with page.expect_response("**/config"):
        await page.locator("#next").click()
    device.say(state="CONNECTING_CLOUD", address="192.168.1.23")
    await expect(page.locator("#stages li")).to_have_count(3)


async def failed(page: Page, device: FakeDevice) -> None:
    await connecting(page, device)
    device.say(result="failed", error=722)
    await expect(page.get_by_role("alert")).to_be_visible()


async def done(page: Page, device: FakeDevice) -> None:
    await connecting(page, device)
    device.say(result="ok")
    await expect(page.locator(".done")).to_be_visible()


async def plain(page: Page, device: FakeDevice) -> None:
    """Without JavaScript."""


PICTURES = {
    "networks": (choose, {}),
    "password-de-320": (password, {"viewport": NARROW, "locale": "de"}),
    "code-ja-dark": (code, {"locale": "ja", "color_scheme": "dark"}),
    "connecting": (connecting, {}),
    "failed-dark": (failed, {"color_scheme": "dark"}),
    "done": (done, {}),
    "desktop": (choose, {"viewport": DESKTOP}),
    "no-javascript": (plain, {"java_script_enabled": False}),
}


async def take(contexts: chromium.Contexts, name: str) -> int:
    """Take one picture; returns its bytes."""
    reach, context = PICTURES[name]
    device = FakeDevice()
    async with contexts.page(reduced_motion="reduce", **context) as page:
        await device.attach(page)
        await page.goto(ADDRESS + "#claim=K7QF2MXA")
        await reach(page, device)
        await page.screenshot(path=FOLDER / f"{name}.png")
    return (FOLDER / f"{name}.png").stat().st_size


async def main() -> int:
    """Take them all; 1 when one is too big for a repository."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with chromium.launched() as browser:
        contexts = chromium.Contexts(browser)
        sizes = {name: await take(contexts, name) for name in PICTURES}
    for name, size in sizes.items():
        print(f"{name}.png {size:,} bytes")
    big = [name for name, size in sizes.items() if size > LIMIT]
    print(f"screenshots: failed, over {LIMIT:,} bytes: {', '.join(big)}" if big else "screenshots: ok")
    return 1 if big else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except FileNotFoundError as error:
        sys.exit(f"screenshots: failed, {error}")
