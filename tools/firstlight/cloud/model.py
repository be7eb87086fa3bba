"""The tables. Every time is in Unix seconds, UTC."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

VERSION = 1  # of the tables; kept in SQLite's user_version


class Table(DeclarativeBase):
    """Base of all tables."""


class Account(Table):
    """A person who owns devices."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # in lower case
    password_hash: Mapped[str]
    created_at: Mapped[int]


class Bearer(Table):
    """A signed-in session of an account."""

    __tablename__ = "bearers"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    expires_at: Mapped[int]


class Device(Table):
    """A device and its one token. Until `first_seen` it is only a token that nobody has used."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    template: Mapped[str]
    name: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    token_expires_at: Mapped[int]  # has no meaning once the token was used
    created_at: Mapped[int]
    first_seen: Mapped[int | None]
    last_seen: Mapped[int | None]
    firmware: Mapped[str | None]


class ClaimCode(Table):
    """A one-time code that a device exchanges for its token."""

    __tablename__ = "claim_codes"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    template: Mapped[str]
    name: Mapped[str]
    expires_at: Mapped[int]
    uid: Mapped[str | None]  # who used it
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id", ondelete="SET NULL"))


class Value(Table):
    """The last value of one datastream of a device."""

    __tablename__ = "datastream_values"

    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    at: Mapped[int]


class Metadata(Table):
    """The value of one metadata field of a device."""

    __tablename__ = "metadata_values"

    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    at: Mapped[int]
