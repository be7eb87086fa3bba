"""Devices: their tokens, their owners, what they last said."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from firstlight.cloud.credentials import digest, new_token
from firstlight.cloud.model import Device, Value
from firstlight.cloud.problems import Problem
from firstlight.cloud.store import Store

UNUSED_TOKEN_LIFE = 7 * 24 * 3600  # seconds
MOST_DATASTREAMS = 256  # names that one device may keep values under


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


@dataclass(frozen=True)
class Seen:
    """A device as its owner sees it; `values` maps a datastream to its last value and the time it came."""

    device: Device
    values: dict[str, tuple[str, int]]


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
            values = session.scalars(select(Value).join(Device, Device.id == Value.device_id).where(appeared))
            kept: dict[str, dict[str, tuple[str, int]]] = {device.id: {} for device in devices}
            for value in values:
                kept.setdefault(value.device_id, {})[value.name] = value.value, value.at
        return [Seen(device, kept[device.id]) for device in devices]

    def one(self, account_id: int, device_id: str) -> Seen:
        """Return a device of an account. Problem 404 when it has none such: another's is as unknown."""
        with self._store.read() as session:
            device = _owned(session, account_id, device_id)
            values = session.scalars(select(Value).where(Value.device_id == device_id))
            return Seen(device, {value.name: (value.value, value.at) for value in values})

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
                _keep(session, device_id, report)


def _owned(session: Session, account_id: int, device_id: str) -> Device:
    device = session.get(Device, device_id)
    if device is None or device.account_id != account_id or device.first_seen is None:
        raise Problem(404, "you have no such device")
    return device


def _keep(session: Session, device_id: str, report: Report) -> None:
    if not report.values:
        return
    known = set(session.scalars(select(Value.name).where(Value.device_id == device_id)))
    for name, value in report.values.items():
        if name not in known and len(known) >= MOST_DATASTREAMS:
            continue
        known.add(name)
        row = insert(Value).values(device_id=device_id, name=name, value=value, at=report.at)
        session.execute(
            row.on_conflict_do_update(
                index_elements=["device_id", "name"], set_={"value": value, "at": report.at}
            )
        )
