"""Making, hashing and checking what must stay secret: tokens, bearers, claim codes, passwords.

Only digests are stored. Tokens and bearers hold 192 random bits and more, so one SHA-256 is right for them: a
slow or salted hash defends secrets that can be guessed, and these cannot be. A claim code (40 bits) could be
found from its digest in minutes, but it is worth nothing 15 minutes after it was made, and nothing once used.
Passwords are chosen by people, so they get Argon2id.
"""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

TOKEN_LENGTH = 32  # characters; Blynk.Inject refuses any other length
CODE_LENGTH = 8
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O, 1 I L: people read codes to each other

_TOKEN_BYTES = TOKEN_LENGTH * 3 // 4
_BEARER_BYTES = 32
_hasher = PasswordHasher()  # the library's defaults are RFC 9106's second recommendation
_nobody = _hasher.hash(secrets.token_urlsafe(_BEARER_BYTES))


def new_token() -> str:
    """Return a device token: 32 characters of [-_a-zA-Z0-9], 192 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_bearer() -> str:
    """Return the secret of a signed-in session, 256 random bits."""
    return secrets.token_urlsafe(_BEARER_BYTES)


def new_code() -> str:
    """Return a claim code: 8 characters that cannot be mistaken for one another."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """Return the claim code as it was made from what a person typed: any case, with spaces or hyphens."""
    return text.upper().replace(" ", "").replace("-", "")


def digest(secret: str) -> str:
    """Return what is stored and looked up in place of `secret`.

    The index compares digests, which nobody can steer towards a stored one, so the time it takes says
    nothing.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of `password`; takes tens of milliseconds and 64 MiB."""
    return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Check `password` against the hash `stored`; None (no such account) takes as long as any other."""
    try:
        _hasher.verify(stored or _nobody, password)
    except VerifyMismatchError:
        return False
    return stored is not None
