"""A device's portal that answers as recorded, and tells what it was asked, byte for byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

# As Edgent-Arduino (new) and blynk-library (old) answer.
NEW_INFO = {
    "vendor": "Acme",
    "tmpl_id": "TMPL1",
    "fw_type": "TMPL1",
    "fw_ver": "1.2.3",
    "name": "Acme Lamp-K9WJ",
    "uid": "0b63d5c2-9d0b-4d0c-8e59-1d4f1f2a7c11",
    "bssid": "26:6F:28:AB:CD:EF",
    "last_error": 0,
    "ifs": [{"name": "wifi", "mac": "24:6F:28:AB:CD:EF", "scan": 1, "5ghz": 0, "static_ip": 1}],
}
OLD_INFO = {
    "board": "Lamp",
    "tmpl_id": "TMPL1",
    "fw_type": "TMPL1",
    "fw_ver": "0.9.0",
    "ssid": "Acme Lamp-K9WJ",
    "bssid": "26:6F:28:AB:CD:EF",
    "mac": "24:6F:28:AB:CD:EF",
    "last_error": 0,
    "wifi_scan": True,
    "static_ip": True,
}
NETWORKS = [
    {"ssid": "Home", "bssid": "0A:00:00:00:00:01", "rssi": -61, "sec": "WPA2", "ch": 6},
    {"ssid": "Home", "bssid": "0A:00:00:00:00:02", "rssi": -48, "sec": "WPA2", "ch": 11},
    {"ssid": "", "bssid": "0A:00:00:00:00:03", "rssi": -70, "sec": "WPA2", "ch": 1},
]
ACCEPTED = (200, {"status": "ok", "msg": "Trying to connect..."})
INVALID = (500, {"status": "error", "msg": "Configuration invalid"})


class FakePortal:
    """What a test sets is what it answers. `asked` holds each request target, as it came over the wire."""

    def __init__(self) -> None:
        self.info: dict[str, Any] = dict(NEW_INFO)
        self.networks: Any = NETWORKS
        self.config: tuple[int, Any] | None = ACCEPTED  # None: the answer is lost
        self.configured: Callable[[dict[str, str]], None] = lambda fields: None
        self.closed = False  # the access point is gone
        self.asked: list[str] = []
        self.url = ""

    def fields(self) -> dict[str, str]:
        """Return the fields of the last `/config`."""
        target = [target for target in self.asked if target.startswith("/config?")][-1]
        return dict(parse_qsl(target.partition("?")[2], keep_blank_values=True, strict_parsing=True))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.closed:
                return
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.split()[1].decode())
            if (answer := self._answer(self.asked[-1])) is not None:
                status, content = answer
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                writer.write(b"HTTP/1.1 %d X\r\nConnection: close\r\n\r\n" % status + body)
                await writer.drain()
        finally:
            writer.close()

    def _answer(self, target: str) -> tuple[int, Any] | None:
        path = target.partition("?")[0]
        if path == "/config":
            if self.config is None or self.config[0] == 200:
                self.configured(self.fields())
            return self.config
        known = {
            "/board_info.json": (200, self.info),
            "/wifi_scan.json": (200, self.networks),
            "/reset": (200, {"status": "ok", "msg": "Configuration reset"}),
            "/reboot": None,  # restarts without an answer
        }
        return known.get(path, (404, b"Not found"))


@asynccontextmanager
async def fake_portal() -> AsyncIterator[FakePortal]:
    portal = FakePortal()
    server = await asyncio.start_server(portal.serve, "127.0.0.1", 0)
    portal.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield portal
