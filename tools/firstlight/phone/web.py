"""HTTP for the portal's and the cloud's clients: plain errors, exact encoding, no secret in a log."""

from __future__ import annotations

import json
import logging
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from firstlight.errors import UserError

if TYPE_CHECKING:
    from typing_extensions import Self

Text = str | bytes  # an SSID or password: 802.11 knows only bytes


class Client:
    """An HTTP client that is an asynchronous context manager."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


class _NoQuery(logging.Filter):
    """Takes the query out of the addresses that httpx logs: the portal's holds password and token."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                part.copy_with(query=None) if isinstance(part, httpx.URL) else part for part in record.args
            )
        return True


logging.getLogger("httpx").addFilter(_NoQuery())


def base_url(url: str, option: str) -> str:
    """Return `url` without a slash at its end. Raises UserError, naming `option`, when it is no HTTP URL."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UserError(f"{option}: {url!r} is no address, give one like http://192.168.4.1")
    return url.rstrip("/")


def encoded(value: Text | int) -> str:
    """Return `value` for a query or a path: every byte outside A-Z a-z 0-9 - . _ ~ becomes %XX."""
    return quote(value if isinstance(value, bytes) else str(value), safe="")


def decoded(response: httpx.Response, kind: type | tuple[type, ...], url: str) -> Any:
    """Return the JSON of `response`. Raises UserError when it is not of `kind`, so another server's."""
    try:
        found = json.loads(response.content, strict=False)  # Edgent's older portal escapes nothing
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise UserError(f"{url} answers something else than expected; check the address")
    return found
