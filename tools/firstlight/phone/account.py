"""The cloud's side of provisioning, as a phone sees it: an account at `firstlight.cloud`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from firstlight.errors import UserError
from firstlight.phone.web import Client, base_url, decoded, encoded

_ANSWERS_WITHIN = 10.0  # seconds


class CloudError(UserError):
    """The cloud refused: `status` is HTTP's, or 0 when it did not answer."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Token:
    """A dynamic auth token and the server it is for; `expires_at` in Unix seconds, if it is not used."""

    token: str = field(repr=False)
    device_id: str
    server: str
    expires_at: int


@dataclass(frozen=True)
class ClaimCode:
    """A one-time claim code; `expires_at` in Unix seconds."""

    code: str = field(repr=False)
    expires_at: int


class CloudAccount(Client):
    """An account at a cloud, for example at `http://127.0.0.1:8700`; sign in before anything else.

    Every method raises CloudError when the cloud refuses, or does not answer.
    """

    def __init__(self, url: str) -> None:
        self.url = base_url(url, "--cloud")
        local = httpx.URL(self.url).host in ("127.0.0.1", "::1", "localhost")
        super().__init__(httpx.AsyncClient(timeout=_ANSWERS_WITHIN, trust_env=not local))

    async def sign_up(self, email: str, password: str) -> None:
        """Make the account."""
        await self._ask("POST", "accounts", {"email": email, "password": password})

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in, for all later calls."""
        session = await self._ask("POST", "sessions", {"email": email, "password": password})
        self._client.headers["Authorization"] = f"Bearer {session['bearer']}"

    async def new_token(self, template: str, name: str) -> Token:
        """Get a token for a device to be."""
        return Token(**await self._ask("POST", "tokens", {"template": template, "name": name}))

    async def new_claim_code(self, template: str, name: str) -> ClaimCode:
        """Get a claim code for a device to be."""
        return ClaimCode(**await self._ask("POST", "claim-codes", {"template": template, "name": name}))

    async def devices(self) -> list[dict[str, Any]]:
        """Return the account's devices: `id`, `name`, `online`, `values` and more."""
        return await self._ask("GET", "devices")

    async def device(self, device_id: str) -> dict[str, Any]:
        """Return one device; CloudError with status 404 until it has first logged in."""
        return await self._ask("GET", f"devices/{encoded(device_id)}")

    async def write(self, device_id: str, name: str, value: str | int | float | bool) -> None:
        """Send a datastream's value to a device; CloudError with status 409 when it is offline."""
        path = f"devices/{encoded(device_id)}/datastreams/{encoded(name)}"
        await self._ask("POST", path, {"value": value})

    async def write_metadata(self, device_id: str, name: str, value: str | int | float | bool) -> None:
        """Set a metadata field of a device, which is told at once when it is online."""
        await self._ask("PUT", f"devices/{encoded(device_id)}/metadata/{encoded(name)}", {"value": value})

    async def command(self, device_id: str, command: str, text: str = "") -> None:
        """Order a device to `reconfigure` (ask for Wi-Fi again), `reboot`, `ping`, `redirect` or `diag`.

        `text` is where `redirect` leads to, or what `diag` tells. CloudError 409 when the device is offline,
        504 when it does not answer a ping.
        """
        await self._ask("POST", f"devices/{encoded(device_id)}/commands", {"command": command, "text": text})

    async def delete(self, device_id: str) -> None:
        """Forget a device; its token dies."""
        await self._ask("DELETE", f"devices/{encoded(device_id)}")

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            response = await self._client.request(method, f"{self.url}/api/v1/{path}", json=body)
        except httpx.TransportError:
            raise CloudError(f"no answer from the cloud at {self.url}; check the address", 0) from None
        if response.is_success:
            return None if response.status_code == 204 else decoded(response, (dict, list), self.url)
        try:
            reason = str(response.json()["error"])
        except (ValueError, KeyError, TypeError):
            reason = f"it answers {response.status_code}; check the address"
        raise CloudError(f"the cloud at {self.url}: {reason}", response.status_code)
