"""Accounts and their signed-in sessions."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from firstlight.cloud.credentials import digest, hash_password, new_bearer, password_matches
from firstlight.cloud.model import Account, Bearer
from firstlight.cloud.problems import Problem
from firstlight.cloud.store import Store

BEARER_LIFE = 7 * 24 * 3600  # seconds


class Accounts:
    """The accounts in `store`. Every method blocks; call it in a thread."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def create(self, email: str, password: str) -> int:
        """Make an account and return its id. Problem 409 when the address has one."""
        account = Account(email=email, password_hash=hash_password(password), created_at=int(self._clock()))
        try:
            with self._store.write() as session:
                session.add(account)
                session.flush()
                return account.id
        except IntegrityError:
            raise Problem(409, "this e-mail address already has an account; sign in instead") from None

    def sign_in(self, email: str, password: str) -> tuple[str, int]:
        """Return a new bearer and the time it expires. Problem 401 when address and password do not match."""
        with self._store.read() as session:
            account = session.scalar(select(Account).where(Account.email == email))
        if not password_matches(account.password_hash if account else None, password) or account is None:
            raise Problem(401, "the e-mail address or the password is wrong")
        bearer, now = new_bearer(), int(self._clock())
        with self._store.write() as session:
            session.execute(delete(Bearer).where(Bearer.expires_at <= now))
            session.add(Bearer(digest=digest(bearer), account_id=account.id, expires_at=now + BEARER_LIFE))
        return bearer, now + BEARER_LIFE

    def sign_out(self, bearer: str) -> None:
        """Make `bearer` worthless."""
        with self._store.write() as session:
            session.execute(delete(Bearer).where(Bearer.digest == digest(bearer)))

    def owner(self, bearer: str) -> int:
        """Return the account that `bearer` signed in. Problem 401 when there is none, or it has expired."""
        with self._store.read() as session:
            found = session.get(Bearer, digest(bearer))
        if found is None or found.expires_at <= self._clock():
            raise Problem(401, "sign in first: the bearer is missing, wrong or expired")
        return found.account_id
