"""Routes that turn a product into somebody's device: tokens, claim codes, claims."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from firstlight.cloud.api import schemas
from firstlight.cloud.api.desk import Address, AtDesk, Owner
from firstlight.cloud.api.errors import refusals
from firstlight.cloud.problems import Problem

router = APIRouter(tags=["provisioning"])


@router.post("/tokens", status_code=201, responses=refusals(400, 401, 413, 422))
def new_token(new: schemas.NewDevice, desk: AtDesk, owner: Owner) -> schemas.Token:
    """Issue a token for a device of yours. It is shown this once, and expires if unused for 7 days."""
    issued = desk.devices.issue(owner, new.template, new.name)
    return schemas.Token(
        token=issued.token,
        device_id=issued.device_id,
        server=desk.server_of(issued.device_id),
        expires_at=issued.expires_at,
    )


@router.post("/claim-codes", status_code=201, responses=refusals(400, 401, 413, 422))
def new_claim_code(new: schemas.NewDevice, desk: AtDesk, owner: Owner) -> schemas.ClaimCode:
    """Issue a code to type into a device's page. It lives 15 minutes and works once."""
    code, expires_at = desk.claims.new(owner, new.template, new.name)
    return schemas.ClaimCode(code=code, expires_at=expires_at)


@router.post("/claim", responses=refusals(400, 404, 409, 413, 422, 429))
async def claim(shown: schemas.Claim, desk: AtDesk, address: Address) -> schemas.Claimed:
    """Exchange a claim code for a token. A device calls this, with no bearer.

    The same `uid` may repeat its claim until it has logged in, in case the answer was lost: it gets a new
    token and the one before dies.
    """
    desk.count_claim(address)
    try:
        issued = await asyncio.to_thread(desk.claims.redeem, shown.code, shown.uid, shown.template)
    except Problem as problem:
        if problem.status != 404:
            desk.claim_was_right(address)
        raise
    desk.claim_was_right(address)
    return schemas.Claimed(token=issued.token, server=desk.server_of(issued.device_id), utc=int(desk.clock()))
