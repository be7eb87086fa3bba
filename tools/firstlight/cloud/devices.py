"""Devices: their tokens, their owners, what they last said."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from firstlight.cloud.credentials import digest, new_token
from firstlight.cloud.model import Device, Metadata, Value
from firstlight.cloud.problems import Problem
from firstlight.cloud.store import Store

UNUSED_TOKEN_LIFE = 7 * 24 * 3600  # seconds
MOST_DATASTREAMS = 256  # names that one device may keep values under
MOST_METADATA = 64  # fields of one device

Kept = dict[str, tuple[str, int]]  # name -> its last value and the time it came


@dataclass(frozen=True)
class Issued:
    """A token on its way to a device. `token` exists nowhere else."""

    device_id: str
    token: str = field(repr=False)
    expires_at: int


@dataclass
class Report:
    """What a device said: `at` in Unix seconds, and what of it is worth keeping."""

    at: int
    firmware: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A device as its owner sees it, with the last values of its datastreams and metadata fields."""

    device: Device
    values: Kept
    metadata: Kept


class Devices:
    """The devices in `store`. Every method blocks; call it in a thread."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def issue(self, account_id: int, template: str, name: str) -> Issued:
        """Make a token, and the device that appears when it is first used."""
        with self._store.write() as session:
            return self.add(session, account_id, template, name)

    def add(self, session: Session, account_id: int, template: str, name: str) -> Issued:
        """As `issue`, within a write that has begun."""
        now = int(self._clock())
        unused = Device.first_seen.is_(None) & (Device.token_expires_at <= now)
        session.execute(delete(Device).where(unused))
        issued = Issued(secrets.token_hex(8), new_token(), now + UNUSED_TOKEN_LIFE)
        session.add(
            Device(
                id=issued.device_id,
                account_id=account_id,
                template=template,
                name=name,
                token_digest=digest(issued.token),
                token_expires_at=issued.expires_at,
                created_at=now,
            )
        )
        session.flush()
        return issued

    def reissue(self, device: Device) -> Issued:
        """Replace the token of `device`, within the write that read it."""
        issued = Issued(device.id, new_token(), int(self._clock()) + UNUSED_TOKEN_LIFE)
        device.token_digest = digest(issued.token)
        device.token_expires_at = issued.expires_at
        return issued

    def admit(self, token: str) -> str | None:
        """Return the device that logs in with `token`, or None. The first time is when it appears."""
        now = int(self._clock())
        mine = select(Device).where(Device.token_digest == digest(token))
        with self._store.read() as session:
            device = session.scalar(mine)
        if device is None or device.first_seen is not None:
            return device.id if device else None
        with self._store.write() as session:  # read again: the token may have been replaced meanwhile
            device = session.scalar(mine)
            if device is None or (device.first_seen is None and device.token_expires_at <= now):
                return None
            device.first_seen = device.first_seen or now
            device.last_seen = now
            return device.id

    def owned_by(self, account_id: int) -> list[Seen]:
        """Return the devices of an account that have appeared, oldest first."""
        appeared = (Device.account_id == account_id) & Device.first_seen.is_not(None)
        with self._store.read() as session:
            devices = session.scalars(
                select(Device).where(appeared).order_by(Device.created_at, Device.id)
            ).all()
            values, metadata = (_kept(session, table, appeared) for table in (Value, Metadata))
        return [Seen(device, values.get(device.id, {}), metadata.get(device.id, {})) for device in devices]

    def one(self, account_id: int, device_id: str) -> Seen:
        """Return a device of an account. Problem 404 when it has none such: another's is as unknown."""
        with self._store.read() as session:
            return Seen(_owned(session, account_id, device_id), *_last(session, device_id))

    def last(self, device_id: str) -> tuple[Kept, Kept]:
        """Return the last values of a device's datastreams, and of its metadata fields."""
        with self._store.read() as session:
            return _last(session, device_id)

    def write(self, account_id: int, device_id: str, name: str, value: str) -> None:
        """Keep what the owner sends to a datastream: the device may ask for it later."""
        with self._store.write() as session:
            _owned(session, account_id, device_id)
            _keep(session, Value, device_id, {name: value}, int(self._clock()))

    def write_metadata(self, account_id: int, device_id: str, name: str, value: str) -> int:
        """Keep a metadata field; return the time. Problem 404 as in `one`, 409 for a field too many."""
        now = int(self._clock())
        with self._store.write() as session:
            _owned(session, account_id, device_id)
            if not _keep(session, Metadata, device_id, {name: value}, now):
                raise Problem(409, f"a device has {MOST_METADATA} metadata fields at most")
        return now

    def delete(self, account_id: int, device_id: str) -> None:
        """Forget a device and its token. Problem 404 when the account has none such."""
        with self._store.write() as session:
            session.delete(_owned(session, account_id, device_id))

    def record(self, reports: Iterable[tuple[str, Report]]) -> None:
        """Keep what devices said, in one write. A device that was deleted meanwhile is passed over."""
        with self._store.write() as session:
            for device_id, report in reports:
                device = session.get(Device, device_id)
                if device is None:
                    continue
                device.last_seen = max(device.last_seen or 0, report.at)
                device.firmware = report.firmware or device.firmware
                _keep(session, Value, device_id, report.values, report.at)
                _keep(session, Metadata, device_id, report.metadata, report.at)


def _owned(session: Session, account_id: int, device_id: str) -> Device:
    device = session.get(Device, device_id)
    if device is None or device.account_id != account_id or device.first_seen is None:
        raise Problem(404, "you have no such device")
    return device


def _kept(session: Session, table: type[Value | Metadata], which: ColumnElement[bool]) -> dict[str, Kept]:
    """Return what is in `table` for the devices that are `which`, by device."""
    kept: dict[str, Kept] = {}
    for row in session.scalars(select(table).join(Device, Device.id == table.device_id).where(which)):
        kept.setdefault(row.device_id, {})[row.name] = row.value, row.at
    return kept


def _last(session: Session, device_id: str) -> tuple[Kept, Kept]:
    values, metadata = (_kept(session, table, Device.id == device_id) for table in (Value, Metadata))
    return values.get(device_id, {}), metadata.get(device_id, {})


def _keep(
    session: Session, table: type[Value | Metadata], device_id: str, new: dict[str, str], at: int
) -> bool:
    """Keep the `new` values as far as there is room for their names; return whether there was for all."""
    if not new:
        return True
    known = set(session.scalars(select(table.name).where(table.device_id == device_id)))
    most = MOST_DATASTREAMS if table is Value else MOST_METADATA
    room = True
    for name, value in new.items():
        if name not in known and len(known) >= most:
            room = False
            continue
        known.add(name)
        row = insert(table).values(device_id=device_id, name=name, value=value, at=at)
        session.execute(
            row.on_conflict_do_update(index_elements=["device_id", "name"], set_={"value": value, "at": at})
        )
    return room
