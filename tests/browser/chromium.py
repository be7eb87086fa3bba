"""Where a Chromium is, and the contexts that tests and screenshots open in it.

As a program (`make browser`) it installs Debian's when there is none.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
REMEDY = "no Chromium: run `make browser`, or name one in FIRSTLIGHT_BROWSER"
PHONE = {"width": 390, "height": 760}
# The page's pauses are shorter, and so is its patience with a device that does not answer.
_HURRY = """
const wait = window.setTimeout
window.setTimeout = (callback, ms) => wait(callback, ms > 2500 ? ms / 4 : ms / 20)
"""


def chromium() -> str | None:
    """The path of a Chromium or Chrome, or None."""
    named = os.environ.get("FIRSTLIGHT_BROWSER")
    if named:
        return shutil.which(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(MAC) if MAC.exists() else None)


def required() -> bool:
    """Whether its absence is a failure: in CI, or when FIRSTLIGHT_REQUIRE_BROWSER is set to 1."""
    return os.environ.get("CI") == "true" or os.environ.get("FIRSTLIGHT_REQUIRE_BROWSER") == "1"


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A running Chromium. Raises FileNotFoundError, with the remedy, when there is none."""
    path = chromium()
    if not path:
        raise FileNotFoundError(REMEDY)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            await browser.close()


class Contexts:
    """Browser contexts by their options; one serves many pages, which costs less than one for each."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._known: dict[str, BrowserContext] = {}

    async def of(self, options: dict[str, Any]) -> BrowserContext:
        """The context with these options of Playwright's; without any, a phone that reads English."""
        key = json.dumps(options, sort_keys=True)
        if key not in self._known:
            context = await self._browser.new_context(**{"viewport": PHONE, "locale": "en", **options})
            context.set_default_timeout(10000)
            if options.get("java_script_enabled", True):
                await context.add_init_script(_HURRY)
            self._known[key] = context
        return self._known[key]

    @asynccontextmanager
    async def page(self, **options: Any) -> AsyncIterator[Page]:
        """A page of its own in such a context. Fails at the end if its script threw."""
        thrown: list[Any] = []
        page = await (await self.of(options)).new_page()
        page.on("pageerror", lambda error: thrown.append(error))
        try:
            yield page
        finally:
            await page.close()
        assert not thrown, thrown


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from debian import install

    path = chromium() or (install("chromium") and chromium())
    if not path:
        sys.exit("browser: failed, install Chromium or Chrome, or name one in FIRSTLIGHT_BROWSER")
    print(f"browser: ok {path}")
