"""What the portal does not say yet, made up from what it says. To be deleted when it serves /status.json."""

from __future__ import annotations

import json

from playwright.async_api import Page, Route


async def fill_in(page: Page) -> None:
    """Add the missing keys and /status.json; whatever the device answers itself stays."""
    asked: dict[str, str] = {}

    async def board_info(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, json={"claim": True, "live": False, **await response.json()})

    async def config(route: Route) -> None:
        asked["body"] = route.request.post_data or ""
        if "html=1" in asked["body"]:
            return await route.continue_()
        before = await (await page.request.get(_url(route, "board_info.json"))).json()
        response = await route.fetch()
        more = {"attempt": before["attempt"] + 1, "live": False}
        await route.fulfill(response=response, json={**more, **await response.json()})

    async def status(route: Route) -> None:
        response = await route.fetch()
        if response.status == 200:
            return await route.fulfill(response=response)
        info = await (await page.request.get(_url(route, "board_info.json"))).json()
        result = "failed" if info["last_error"] else "trying"
        answer = {"state": "", "attempt": info["attempt"], "result": result, "network": "", "address": ""}
        answer |= {"error": info["last_error"], "error_detail": info["last_error_detail"]}
        await route.fulfill(body=json.dumps(answer), content_type="application/json")

    for name, handler in (("board_info.json", board_info), ("config", config), ("status.json", status)):
        await page.route(f"**/{name}", _or_abort(handler))


def _or_abort(handler):
    async def guarded(route: Route) -> None:
        try:
            await handler(route)
        except Exception:  # the device is away
            await route.abort()

    return guarded


def _url(route: Route, name: str) -> str:
    return route.request.url.rsplit("/", 1)[0] + "/" + name
