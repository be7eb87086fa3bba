"""A whole small world: a home with Wi-Fi, its owner's account at a cloud, and a device out of its box."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import Any

from firstlight.bench.device import VirtualDevice
from firstlight.cloud.service import Cloud
from firstlight.phone import CloudAccount, Portal
from firstlight.phone.portal import PortalUnreachable

SSID = "Café & Co"
# Values of product.py that go with a small `scale`: nobody waits as long as for a real router.
QUICK = {
    "REPLY_S": 0.1,
    "BACKOFF_MOST_S": 1,
    "NET_TIMEOUT_S": 3,
    "CLOUD_TIMEOUT_S": 3,
    "PATIENCE_S": 2,
    "ERROR_S": 1,
}
NEIGHBOURS = """
[[access_point]]
ssid = "Upstairs"
password = "none of your business"
channel = 11
rssi = -78
security = "WPA2"

[[access_point]]
ssid = "Guests"
channel = 1
rssi = -83
security = "OPEN"
"""


class Household:
    """Starts and stops the parts together; use as `async with Household(directory) as home`.

    directory: where flash image, world file and cloud data go.
    scale: factor on every waiting time of the radio (1.0: as on real hardware).
    overrides: values of `product.py`, as `firstlight device --set` takes them.
    Further keywords go to VirtualDevice. Raises UserError when an address or the directory cannot be used.
    """

    def __init__(
        self,
        directory: Path,
        *,
        scale: float = 1.0,
        cloud_http: tuple[str, int] = ("127.0.0.1", 0),
        cloud_mqtt: tuple[str, int] = ("127.0.0.1", 0),
        overrides: dict[str, Any] | None = None,
        **device: Any,
    ) -> None:
        self.directory = directory
        self.world = directory / "world.toml"
        self.ssid = SSID
        self.password = "p@ss+w0rd &%?! " + secrets.token_hex(4)
        self.email = "owner@example.com"
        self.account_password = secrets.token_urlsafe(12)
        self.cloud = Cloud(directory / "cloud", http=cloud_http, mqtt=cloud_mqtt)
        self._scale = scale
        self._overrides = overrides or {}
        self._device_options = device
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Household:
        async with contextlib.AsyncExitStack() as stack:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.set_home()
            await self.cloud.start()
            stack.push_async_callback(self.cloud.stop)
            self.account = await stack.enter_async_context(CloudAccount(self.cloud.url))
            await self.account.sign_up(self.email, self.account_password)
            await self.account.sign_in(self.email, self.account_password)
            overrides = {"CLAIM_URL": f"{self.cloud.url}/api/v1/claim", **self._overrides}
            self.device = VirtualDevice(
                self.directory / "device", world=self.world, overrides=overrides, **self._device_options
            )
            stack.push_async_callback(self.device.stop)
            self.portal = await stack.enter_async_context(Portal(self.device.portal_url))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.aclose()

    async def open_portal(self, timeout: float = 10.0) -> dict[str, Any]:
        """Wait for the access point, then for its web server, a moment later; returns the board info.

        Raises TimeoutError.
        """
        await self.device.wait("ap", up=True, timeout=timeout)
        try:
            return await self.portal.opened(timeout)
        except PortalUnreachable:
            raise TimeoutError(f"the portal does not answer within {timeout:g} s") from None

    def set_home(self, **changes: Any) -> None:
        """Write the world file; `changes` are keys of the home's access point (see `firstlight device`)."""
        home = {
            "ssid": self.ssid,
            "password": self.password,
            "channel": 6,
            "rssi": -52,
            "security": "WPA2",
            **changes,
        }
        if "ssid_hex" in changes:
            del home["ssid"]
        lines = [f"[timing]\nscale = {self._scale}\n\n[[access_point]]"]
        lines += [f"{key} = {_toml(value)}" for key, value in home.items()]
        self.world.write_text("\n".join(lines) + "\n" + NEIGHBOURS)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
