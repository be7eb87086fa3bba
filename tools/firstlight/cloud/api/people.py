"""Routes for accounts and their sessions."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from firstlight.cloud.api import schemas
from firstlight.cloud.api.desk import Address, AtDesk, Shown, refuse_after
from firstlight.cloud.api.errors import refusals

router = APIRouter(tags=["accounts"])


@router.post("/accounts", status_code=201, responses=refusals(400, 409, 413, 422, 429))
async def sign_up(new: schemas.NewAccount, desk: AtDesk, address: Address) -> schemas.Account:
    """Make an account."""
    refuse_after(desk.sign_ups.take(address))
    async with desk.hashing:
        account_id = await asyncio.to_thread(desk.accounts.create, new.email, new.password)
    return schemas.Account(id=account_id, email=new.email)


@router.post("/sessions", status_code=201, responses=refusals(400, 401, 413, 422, 429))
async def sign_in(who: schemas.Credentials, desk: AtDesk, address: Address) -> schemas.Session:
    """Sign in. Five wrong passwords from one address close it for ten minutes."""
    refuse_after(desk.logins.take(address))
    async with desk.hashing:
        bearer, expires_at = await asyncio.to_thread(desk.accounts.sign_in, who.email, who.password)
    desk.logins.give_back(address)
    return schemas.Session(bearer=bearer, expires_at=expires_at)


@router.delete("/sessions", status_code=204, responses=refusals(413))
def sign_out(desk: AtDesk, bearer: Shown) -> None:
    """Sign out: the bearer of this request is worthless from now on."""
    desk.accounts.sign_out(bearer)
