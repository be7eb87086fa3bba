"""The smallest heap in which work is done, reliably."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from heap_work import OutOfMemory

from firstlight.errors import UserError

FLOOR, CEILING = 12, 96  # KB between which the answer is looked for
GATE = 38  # KB: it has to be done at every size from the smallest up to this
RUNS = 3  # fresh processes each

Work = Callable[[int], Awaitable[object]]


async def smallest(work: Work) -> int:
    """KB from which on the work is done in RUNS of RUNS processes, at every size up to GATE.

    CEILING + 1 when even that is not enough.
    """
    bound = await _about(work)
    checked = bound
    while checked <= min(max(bound + 1, GATE), CEILING):
        if await _done(work, checked, RUNS):
            checked += 1
        else:
            bound = checked = checked + 1
    return bound


async def _about(work: Work) -> int:
    """By halves, with one run at each size."""
    low, high = FLOOR, CEILING + 1
    while low < high:
        middle = (low + high) // 2
        if await _done(work, middle, 1):
            high = middle
        else:
            low = middle + 1
    return low


async def _done(work: Work, size: int, runs: int) -> bool:
    for _ in range(runs):
        try:
            await work(size)
        except (OutOfMemory, UserError, TimeoutError, asyncio.TimeoutError, httpx.HTTPError, OSError):
            return False
    return True
