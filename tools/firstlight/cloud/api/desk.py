"""What every route can reach, and who is asking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from firstlight.cloud.accounts import Accounts
from firstlight.cloud.claims import Claims
from firstlight.cloud.devices import Devices
from firstlight.cloud.door import Door
from firstlight.cloud.limits import Limit
from firstlight.cloud.problems import Problem

_EVERYONE = "everyone"


@dataclass
class Desk:
    """The parts of one running cloud. `server_of(device_id)` is the MQTT URL for that device."""

    accounts: Accounts
    devices: Devices
    claims: Claims
    door: Door
    clock: Callable[[], float]
    server_of: Callable[[str], str]
    logins: Limit = field(init=False)
    sign_ups: Limit = field(init=False)
    claims_here: Limit = field(init=False)
    claims_everywhere: Limit = field(init=False)
    hashing: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.logins = Limit(5, 600, self.clock)  # wrong passwords from one address
        self.sign_ups = Limit(20, 600, self.clock)  # from one address
        # Wrong claim codes, from one address and from all. 1,000 guesses in 10 minutes at 31^8 codes: with a
        # thousand codes open, one guess in a million such periods is right.
        self.claims_here = Limit(10, 600, self.clock)
        self.claims_everywhere = Limit(1000, 600, self.clock)
        self.hashing = asyncio.Semaphore(2)  # Argon2 takes 64 MiB each time

    def count_claim(self, address: str) -> None:
        """Count a claim as a guess, before its outcome is known. Problem 429 when there were too many."""
        refuse_after(self.claims_here.take(address))
        wait = self.claims_everywhere.take(_EVERYONE)
        if wait:
            self.claims_here.give_back(address)
        refuse_after(wait)

    def claim_was_right(self, address: str) -> None:
        """Uncount a claim that was no guess."""
        self.claims_here.give_back(address)
        self.claims_everywhere.give_back(_EVERYONE)


def refuse_after(wait: int) -> None:
    """Raise Problem 429 when `wait`, in seconds, is not 0."""
    if wait:
        raise Problem(429, f"too many tries; wait {wait} seconds", retry_after=wait)


def address_of(request: Request) -> str:
    """Return the address that the request came from. Forwarding headers are ignored: anyone can send them."""
    return request.client.host if request.client else ""


def the_desk(request: Request) -> Desk:
    """Return the desk of the cloud that serves this request."""
    return request.app.state.desk


AtDesk = Annotated[Desk, Depends(the_desk)]
Address = Annotated[str, Depends(address_of)]

_scheme = HTTPBearer(auto_error=False, description="the `bearer` that `POST /api/v1/sessions` answers")


def bearer_of(shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]) -> str:
    """Return the bearer of the request, which need not be a good one."""
    return shown.credentials if shown else ""


Shown = Annotated[str, Depends(bearer_of)]


def owner_of(desk: AtDesk, bearer: Shown) -> int:
    """Return the account that is asking. Problem 401 when it has not signed in."""
    return desk.accounts.owner(bearer)


Owner = Annotated[int, Depends(owner_of)]
