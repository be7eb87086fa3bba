"""What a device did, in order: for people, programs and tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

_LOG_LINES = 12  # shown when a wait fails


class Events:
    """A growing list of events, each a dict with `ms` since the start and `event`, its kind."""

    def __init__(self) -> None:
        self.list: list[dict] = []
        self._start = time.monotonic()
        self._subscribers: list[Callable[[dict], None]] = []
        self._seen: dict[str, int] = {}  # kind -> where its next wait starts
        self._more = asyncio.Event()

    def emit(self, kind: str, **fields: object) -> None:
        """Append an event and tell everybody."""
        event = {"ms": round((time.monotonic() - self._start) * 1000), "event": kind, **fields}
        self.list.append(event)
        self._more.set()
        self._more = asyncio.Event()
        for subscriber in self._subscribers:
            subscriber(event)

    def subscribe(self, subscriber: Callable[[dict], None]) -> None:
        """Call `subscriber` with every later event."""
        self._subscribers.append(subscriber)

    async def __aiter__(self) -> AsyncIterator[dict]:
        """Every event from the first one on, for ever."""
        at = 0
        while True:
            while at < len(self.list):
                yield self.list[at]
                at += 1
            await self._more.wait()

    async def wait(self, kind: str, timeout: float, **fields: object) -> dict:
        """The next event of this kind with these fields; a field may be a function that judges the value.

        Looks on from the last one of the same kind that a wait returned, so that nothing is missed between
        two waits, and nothing is seen twice. Raises TimeoutError, telling what was there instead, after
        `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        at = self._seen.get(kind, 0)
        while True:
            while at < len(self.list):
                event = self.list[at]
                at += 1
                if event["event"] == kind and _fits(event, fields):
                    self._seen[kind] = at
                    return event
            try:
                await asyncio.wait_for(self._more.wait(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                raise TimeoutError(self._explain(kind, timeout, fields)) from None

    def last(self, kind: str) -> dict | None:
        """The latest event of this kind."""
        return next((event for event in reversed(self.list) if event["event"] == kind), None)

    def _explain(self, kind: str, timeout: float, fields: dict) -> str:
        wanted = " ".join([kind, *(f"{key}={value!r}" for key, value in fields.items())])
        state = (self.last("state") or {}).get("state", "none")
        lines = [event["line"] for event in self.list if event["event"] == "log"][-_LOG_LINES:]
        return f"no {wanted} within {timeout:g} s; last state {state}; log:\n  " + "\n  ".join(lines)


def _fits(event: dict, fields: dict) -> bool:
    return all(
        wanted(event.get(key)) if callable(wanted) else event.get(key) == wanted
        for key, wanted in fields.items()
    )
