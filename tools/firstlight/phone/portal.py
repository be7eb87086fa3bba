"""The device's side of provisioning, as a phone sees it: Blynk.Inject over the device's access point.

Both generations of Blynk's Edgent firmware are understood, and ours, which answers with the keys of both.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from firstlight.errors import UserError
from firstlight.phone.advice import ProvisioningFailed, advice
from firstlight.phone.web import Client, Text, base_url, decoded, encoded

_ANSWERS_WITHIN = 20.0  # seconds; a scan takes several
# Both generations tell these, and no other server.
_INFO = ("tmpl_id", "fw_ver", "bssid", "last_error")


class PortalUnreachable(UserError):
    """The portal did not answer. With `sent`, a request went out, and its answer may just have been lost."""

    def __init__(self, text: str, sent: bool) -> None:
        super().__init__(text)
        self.sent = sent


class Portal(Client):
    """The web server of a device in configuration mode, for example at `http://192.168.4.1`.

    Every method raises PortalUnreachable when it does not answer, and UserError when it is no such portal.
    """

    def __init__(self, url: str) -> None:
        self.url = base_url(url, "--portal")
        # No proxy, and no connection kept: the other end is a microcontroller in the same room.
        limits = httpx.Limits(max_keepalive_connections=0)
        super().__init__(httpx.AsyncClient(timeout=_ANSWERS_WITHIN, trust_env=False, limits=limits))

    async def board_info(self, timeout: float = _ANSWERS_WITHIN) -> dict[str, Any]:
        """Return what the device says it is: `tmpl_id`, `fw_ver`, `last_error` and more; wait `timeout` s."""
        response = await self._get("/board_info.json", timeout)
        try:
            info = decoded(response, dict, self.url)
        except UserError:
            info = {}
        if not any(name in info for name in _INFO):
            raise UserError(
                f"no device's portal answered at {self.url}, but something else; "
                "join the device's access point and check the address"
            )
        return info

    async def opened(self, timeout: float = 10.0) -> dict[str, Any]:
        """Return the board info as soon as it answers: an access point is up a moment before its server."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return await self.board_info()
            except PortalUnreachable:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.05)

    async def scan(self) -> list[dict[str, Any]]:
        """Return the networks that the device sees: `ssid`, `bssid`, `rssi` (dBm), `sec`, `ch`."""
        return decoded(await self._get("/wifi_scan.json"), list, self.url)

    async def configure(
        self,
        ssid: Text,
        password: Text,
        token: str | None = None,
        host: str | None = None,
        claim: str | None = None,
        **more: Text | int,
    ) -> dict[str, Any]:
        """Give the device its network and its token (with its server) or its claim code; it then tries them.

        `more` are further fields, for example `ip`, `mask`, `gw`, `dns`, or the page's `live=1`. Returns the
        answer. Raises ProvisioningFailed, code 700, when the device will not try that.
        """
        fields: dict[str, Text | int | None] = {"if": "wifi", "ssid": ssid, "pass": password, "blynk": token}
        fields |= {"host": host, "claim": claim, "save": 1, **more}
        query = "&".join(f"{name}={encoded(value)}" for name, value in fields.items() if value is not None)
        response = await self._get(f"/config?{query}")
        answer = decoded(response, dict, self.url)
        if response.status_code != 200 or answer.get("status") != "ok":
            raise ProvisioningFailed(700, advice(700), str(answer.get("detail", "")))
        return answer

    async def status(self, timeout: float = _ANSWERS_WITHIN) -> dict[str, Any]:
        """Return how the attempt goes: `result` (none, trying, ok, failed), `state`, `attempt` and more."""
        return decoded(await self._get("/status.json", timeout), dict, self.url)

    async def reset(self) -> None:
        """Erase the device's configuration."""
        await self._get("/reset")

    async def reboot(self) -> None:
        """Restart the device, which gives no answer to this."""
        try:
            await self._get("/reboot")
        except PortalUnreachable as error:
            if not error.sent:
                raise

    async def _get(self, path: str, timeout: float = _ANSWERS_WITHIN) -> httpx.Response:
        try:
            # The path goes as it is: httpx would leave a `%41` of the user's alone, and decode to another
            # text.
            url = httpx.URL(self.url).copy_with(raw_path=path.encode("ascii"))
            return await self._client.get(url, timeout=timeout)
        except httpx.TransportError as error:
            sent = not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            text = f"no answer from {self.url}; join the device's access point and try again"
            raise PortalUnreachable(text, sent) from None
