"""Claim codes: what a person types into a device's page so that it becomes theirs."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from sqlalchemy import delete

from firstlight.cloud.credentials import digest, new_code, typed_code
from firstlight.cloud.devices import Devices, Issued
from firstlight.cloud.model import ClaimCode, Device
from firstlight.cloud.problems import Problem
from firstlight.cloud.store import Store

CODE_LIFE = 15 * 60  # seconds


class Claims:
    """The claim codes in `store`. Every method blocks; call it in a thread."""

    def __init__(self, store: Store, devices: Devices, clock: Callable[[], float]) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock

    def new(self, account_id: int, template: str, name: str) -> tuple[str, int]:
        """Return a new code and the time it expires."""
        code, now = new_code(), int(self._clock())
        with self._store.write() as session:
            session.execute(delete(ClaimCode).where(ClaimCode.expires_at <= now))
            session.add(
                ClaimCode(
                    digest=digest(code),
                    account_id=account_id,
                    template=template,
                    name=name,
                    expires_at=now + CODE_LIFE,
                )
            )
        return code, now + CODE_LIFE

    def redeem(self, code: str, uid: str, template: str) -> Issued:
        """Exchange a code for the token of the device `uid`.

        The answer may be lost on its way (the radio drops, the power fails), and the device then asks again.
        So the same device may repeat its claim while the code lives, until it has logged in: each time it
        gets a fresh token and the one before dies, so there is never a second valid token about. Anyone else
        finds a used code as unknown as a wrong one.

        Raises Problem: 404 for a code that is wrong, expired or used, 409 for another product's template.
        """
        with self._store.write() as session:
            claim = session.get(ClaimCode, digest(typed_code(code)))
            if claim is None or claim.expires_at <= self._clock():
                raise _unknown()
            if claim.uid is None:
                _check_template(claim, template)
                issued = self._devices.add(session, claim.account_id, claim.template, claim.name)
                claim.uid, claim.device_id = uid, issued.device_id
                return issued
            device = session.get(Device, claim.device_id) if claim.device_id else None
            same = hmac.compare_digest(claim.uid.encode(), uid.encode())
            if not same or device is None or device.first_seen is not None:
                raise _unknown()
            _check_template(claim, template)
            return self._devices.reissue(device)


def _check_template(claim: ClaimCode, template: str) -> None:
    if claim.template != template:
        raise Problem(409, f"the claim code was made for {claim.template}, but the device is {template}")


def _unknown() -> Problem:
    return Problem(404, "the claim code is wrong, expired or used; make a new one")
