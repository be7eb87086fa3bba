"""What devices say: understood here, collected in memory, written in one go."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from firstlight.cloud.devices import MOST_DATASTREAMS, MOST_METADATA, Devices, Report

LONGEST_NAME = 64  # characters of the name of a datastream or metadata field
_LONGEST_VERSION = 64

log = logging.getLogger(__name__)


def understand(path: str, payload: bytes, at: int) -> Report:
    """Return what is worth keeping of a message; `path` is its topic after `devices/ID/`.

    Topics as in the Blynk device API: `info/mcu`, `ds/NAME`, `batch_ds`, `meta/NAME`. Others, and nonsense,
    only show that the device lives.
    """
    text = payload.decode(errors="replace")
    if path == "info/mcu":
        version = _members(text).get("ver")
        return Report(at, firmware=version[:_LONGEST_VERSION] if isinstance(version, str) else None)
    if path == "batch_ds":
        members = _members(text).items()
        plain = {name: value for name, value in members if isinstance(value, (str, int, float))}
        return Report(at, values={name: as_text(value) for name, value in plain.items() if _is_name(name)})
    if path.startswith("ds/") and _is_name(path[3:]):
        return Report(at, values={path[3:]: text})
    if path.startswith("meta/") and _is_name(path[5:]):
        return Report(at, metadata={path[5:]: text})
    return Report(at)


def as_text(value: str | int | float | bool) -> str:
    """Return a datastream value as it goes over MQTT: true and false are 1 and 0."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and "/" not in name


def _members(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class Recorder:
    """Takes uplinks at once and writes them from a thread, all that wait in one transaction.

    Only the last value of a datastream waits, so the queue is no longer than there are datastreams.
    """

    def __init__(self, devices: Devices, clock: Callable[[], float]) -> None:
        self._devices = devices
        self._clock = clock
        self._waiting: dict[str, Report] = {}
        self._some = asyncio.Event()
        self._turn = asyncio.Lock()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write_on())

    async def stop(self) -> None:
        """Write what waits, and end."""
        self._stopping = True
        self._some.set()
        if self._task:
            await self._task

    def uplink(self, device_id: str, path: str, payload: bytes) -> None:
        """Take one message; `path` is its topic after `devices/ID/`."""
        report = understand(path, payload, int(self._clock()))
        waiting = self._waiting.setdefault(device_id, report)
        if waiting is not report:
            waiting.at = report.at
            waiting.firmware = report.firmware or waiting.firmware
            _merge(waiting.values, report.values, MOST_DATASTREAMS)
            _merge(waiting.metadata, report.metadata, MOST_METADATA)
        self._some.set()

    async def settle(self) -> None:
        """Return when all that was taken so far is written."""
        await self._write_all()

    async def _write_on(self) -> None:
        while self._waiting or not self._stopping:
            await self._some.wait()
            await self._write_all()

    async def _write_all(self) -> None:
        async with self._turn:
            self._some.clear()
            reports, self._waiting = list(self._waiting.items()), {}
            if not reports:
                return
            try:
                await asyncio.to_thread(self._devices.record, reports)
            except SQLAlchemyError as error:
                log.error("what %d devices said could not be saved: %s", len(reports), error)


def _merge(waiting: dict[str, str], new: dict[str, str], most: int) -> None:
    for name, value in new.items():
        if name in waiting or len(waiting) < most:
            waiting[name] = value
