"""One scenario, from a device without power to what came of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from judge import RUNNING_WITHIN_S, Evidence, Outcome, judge
from scenarios import Scenario
from scene import Scene
from stored import found

SCALE = 0.1  # real seconds of a second of the device's: see docs/reliability.md
_PATIENCE = 4  # times the 60 s: who comes too late, and who never comes
_WATCHED_S = 2.0  # real time in RUNNING at the end, for its light and for what may still go wrong


async def play(scenario: Scenario, directory: Path, firmware: Path, scale: float = SCALE) -> Outcome:
    """Play and judge it. Raises FileNotFoundError without mosquitto, and what witness() raises."""
    try:
        return judge(await witness(scenario, directory, firmware, scale))
    except TimeoutError as error:  # not RUNNING before anything has befallen it
        return Outcome(scenario, problems=[f"never RUNNING at all ({error})"])


async def witness(
    scenario: Scenario, directory: Path, firmware: Path, scale: float, more: dict[str, object] | None = None
) -> Evidence:
    """Play it.

    directory: for its flash and its broker; firmware: a tree from stored.firmware(); more: values of
    product.py. Raises TimeoutError when the device is not RUNNING to begin with, and what the bench raises.
    """
    async with Scene(scenario, directory, firmware, scale, more) as scene:
        board = scene.device.board
        end = await scene.play()
        recovery = await scene.recovered(_PATIENCE * RUNNING_WITHIN_S * scale)
        await asyncio.sleep(_WATCHED_S)
        lost = scene.device.state != "RUNNING"
        await scene.cut()
        stored = await asyncio.to_thread(found, firmware, directory / "device" / "flash.img", board.chip)
        return Evidence(
            scenario=scenario,
            story=scene.story,
            scale=scale,
            coloured=board.led in ("rgb", "ws2812"),
            end=end,
            recovery=recovery,
            lost=lost,
            arrivals=scene.arrivals,
            stored=stored,
            account=scene.account,
        )
