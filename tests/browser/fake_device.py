"""A device whose answers the test decides: what the real one says only rarely, or slowly."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import Page, Route

from firstlight.board.build import build

ADDRESS = "http://192.168.4.1/"
NAME = "Blynk Device-K9WJ"
NETWORKS = (
    ("Café & Co", -48, "WPA2"),
    ("Home", -62, "WPA2+WPA3"),
    ("Guests", -71, "OPEN"),
    ("Upstairs 🏡", -84, "WPA2"),
)


def page_source() -> str:
    """The page as a board serves it."""
    return gzip.decompress((build() / "fw" / "page.html.gz").read_bytes()).decode()


def row(ssid: str, rssi: int = -60, sec: str = "WPA2") -> dict[str, Any]:
    """One network of /wifi_scan.json."""
    return {"ssid": ssid, "bssid": "02:00:00:00:00:01", "rssi": rssi, "sec": sec, "ch": 6}


class FakeDevice:
    """Answers every request of a page. What it says may change at any time.

    html: the page, else the one that was built. info: keys of /board_info.json that are not the usual ones.
    answer: status, JSON and headers for /config instead of "ok". configured: the fields of each POST /config,
    but for the time, which is in `times`.
    urls: everything that was asked for. away: no answers but the page. scanned: what a scan waits for.
    """

    def __init__(self, html: str | None = None, **info: Any) -> None:
        self.html = html or page_source()
        self.info = {"name": NAME, "ssid": NAME, "attempt": 0, "claim": True, "kept": False, "live": True}
        self.info |= {"last_error": 0, "last_error_detail": "", "last_ssid": "", **info}
        self.networks = [row(*network) for network in NETWORKS]
        self.status: dict[str, Any] = {}
        self.say(state="CONFIGURING", result="none", error=0, error_detail="", network="", address="")
        self.answer: tuple[int, dict[str, Any], dict[str, str]] | None = None
        self.configured: list[dict[str, str]] = []
        self.times: list[int] = []
        self.urls: list[str] = []
        self.away = False
        self.scanned = asyncio.Event()
        self.scanned.set()

    async def attach(self, page: Page) -> None:
        """Be the network of this page."""
        await page.route("**/*", self._serve)

    def say(self, **changes: Any) -> None:
        """Change what /status.json tells of the newest attempt."""
        self.status |= {"attempt": self.info["attempt"], **changes}

    async def _serve(self, route: Route) -> None:
        self.urls.append(route.request.url)
        path = urlsplit(route.request.url).path
        if path == "/":
            await route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
        elif self.away:
            await route.abort()
        elif path == "/board_info.json":
            await _json(route, self.info)
        elif path == "/status.json":
            await _json(route, self.status)
        elif path == "/wifi_scan.json":
            await self.scanned.wait()
            await _json(route, self.networks)
        elif path == "/config":
            await _json(route, *self._configure(route))
        else:
            await route.fulfill(status=404)

    def _configure(self, route: Route) -> tuple[dict[str, Any], int, dict[str, str]]:
        assert route.request.method == "POST"
        body = route.request.post_data or ""
        self.configured.append(dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True)))
        self.times.append(int(self.configured[-1].pop("time")))
        if self.answer:
            status, data, headers = self.answer
            return data, status, headers
        self.info["attempt"] += 1
        fields = self.configured[-1]
        network = fields.get("ssidManual") or fields.get("ssid", "")
        self.say(state="CONNECTING_NET", result="trying", network=network, address="")
        return {"status": "ok", "attempt": self.info["attempt"], "live": self.info["live"]}, 200, {}


async def _json(route: Route, data: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
    await route.fulfill(
        status=status, headers=headers or {}, body=json.dumps(data), content_type="application/json"
    )
