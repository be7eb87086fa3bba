"""One Chromium for all tests of a run, and one event loop, in which virtual devices live as well."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

import chromium
from fake_device import ADDRESS, FakeDevice
from firstlight.home.household import QUICK, Household
from wizard import Wizard


class Stage:
    """Where scenarios run."""

    def __init__(self, loop: asyncio.AbstractEventLoop, browser: Browser) -> None:
        self._loop = loop
        self._contexts = chromium.Contexts(browser)

    def play(
        self, scenario: Callable[[Page, FakeDevice], Awaitable[None]], device: FakeDevice, **options: Any
    ) -> None:
        """Run a scenario with a page whose device says what the scenario wants."""

        async def whole() -> None:
            async with self._contexts.page(**options) as page:
                await device.attach(page)
                await scenario(page, device)

        self._loop.run_until_complete(whole())

    def play_at_home(
        self,
        scenario: Callable[[Page, Household], Awaitable[None]],
        directory: Path,
        board: str = "esp32_devkit",
        **options: Any,
    ) -> None:
        """Run a scenario with a virtual device, its home and its cloud."""

        async def whole() -> None:
            async with Household(directory, scale=0.02, overrides=QUICK, board=board) as home:
                await home.device.start()
                await home.open_portal()
                async with self._contexts.page(**options) as page:
                    await scenario(page, home)

        self._loop.run_until_complete(whole())


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    if not chromium.chromium():
        if chromium.required():
            pytest.fail(chromium.REMEDY)
        pytest.skip(chromium.REMEDY)
    loop = asyncio.new_event_loop()
    stack = contextlib.AsyncExitStack()
    browser = loop.run_until_complete(stack.enter_async_context(chromium.launched()))
    yield Stage(loop, browser)
    loop.run_until_complete(stack.aclose())
    loop.close()


@pytest.fixture
def wizard(stage: Stage) -> Callable[..., None]:
    """`wizard(scenario, **info)`: open the page of a made-up device and play `scenario(wizard, device)`."""

    def play(
        scenario: Callable[[Wizard, FakeDevice], Awaitable[None]],
        *,
        link: str = "",
        device: FakeDevice | None = None,
        context: dict[str, Any] | None = None,
        **info: Any,
    ) -> None:
        async def whole(page: Page, device: FakeDevice) -> None:
            await page.goto(ADDRESS + link)
            await scenario(Wizard(page), device)

        stage.play(whole, device or FakeDevice(**info), **(context or {}))

    return play
