"""What devices ask for: their own last values, metadata, and the time, answered on their downlink topics."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone

from sqlalchemy.exc import SQLAlchemyError

from firstlight.cloud.devices import Devices
from firstlight.cloud.door import fits

MOST_WAITING = 8  # questions of one device that are not answered yet; a question may have 256 answers

log = logging.getLogger(__name__)

Send = Callable[[str, str, bytes], Awaitable[None]]
Settle = Callable[[], Awaitable[None]]


class Answers:
    """Answers `get/ds`, `get/ds/all`, `get/meta` and `get/utc/all/json`, one question of a device at a time.

    `settle()` returns when what devices have said so far can be read from `devices`; `send(device_id, path,
    payload)` publishes to a device. What it never said is not answered, as at Blynk.Cloud.
    """

    def __init__(self, devices: Devices, settle: Settle, send: Send, clock: Callable[[], float]) -> None:
        self._devices = devices
        self._settle = settle
        self._send = send
        self._clock = clock
        self._waiting: dict[str, deque[tuple[str, str]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def uplink(self, device_id: str, path: str, payload: bytes) -> None:
        """Take one message; `path` is its topic after `devices/ID/`. What is no question is passed over."""
        if not path.startswith("get/"):
            return
        waiting = self._waiting.setdefault(device_id, deque())
        if len(waiting) == MOST_WAITING:
            log.warning("device %s: asks faster than it is answered; a question was dropped", device_id)
            return
        waiting.append((path, payload.decode(errors="replace")))
        if len(waiting) == 1:
            task = asyncio.create_task(self._answer_all(device_id, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Finish the answers under way."""
        for waiting in self._waiting.values():
            while len(waiting) > 1:
                waiting.pop()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _answer_all(self, device_id: str, waiting: deque[tuple[str, str]]) -> None:
        try:
            while waiting:
                for path, text in await self._answer(device_id, *waiting[0]):
                    if fits(device_id, path, text.encode()):  # a device could not read it otherwise
                        await self._send(device_id, path, text.encode())
                waiting.popleft()
        except SQLAlchemyError as error:
            log.error("device %s: what it asked for could not be read: %s", device_id, error)
        finally:
            del self._waiting[device_id]

    async def _answer(self, device_id: str, question: str, names: str) -> list[tuple[str, str]]:
        """Return (path, text) of each message that answers."""
        if question == "get/utc/all/json":
            return [("downlink/utc/all/json", utc(self._clock()))]
        kind = {"get/ds": "ds", "get/ds/all": "ds", "get/meta": "meta"}.get(question)
        if kind is None:
            return []
        await self._settle()
        values, metadata = await asyncio.to_thread(self._devices.last, device_id)
        known = metadata if kind == "meta" else values
        wanted = known if question == "get/ds/all" else dict.fromkeys(names.split(","))
        return [(f"downlink/{kind}/{name}", known[name][0]) for name in wanted if name in known]


def utc(now: float) -> str:
    """Return the answer to `get/utc/all/json` at `now`, in Unix seconds. This cloud knows no zone but UTC."""
    milliseconds = int(now * 1000)
    iso = datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")
    return json.dumps(
        {
            "tz_name": "UTC",
            "tz_rule": "UTC0",
            "tz_offset": 0,
            "dst_offset": 0,
            "time": milliseconds,
            "iso8601": iso,
        }
    )
