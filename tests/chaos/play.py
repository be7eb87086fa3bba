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
    """Play and judge it.

    directory: for its flash and its broker; firmware: a tree from stored.firmware().
    Raises FileNotFoundError without mosquitto, and what the bench raises when it cannot begin.
    """
    async with Scene(scenario, directory, firmware, scale) as scene:
        board = scene.device.board
        try:
            end = await scene.play()
        except TimeoutError as error:  # not RUNNING before anything has befallen it
            return Outcome(scenario, problems=[f"never RUNNING at all ({error})"])
        recovery = await scene.recovered(_PATIENCE * RUNNING_WITHIN_S * scale)
        await asyncio.sleep(_WATCHED_S)
        lost = scene.device.state != "RUNNING"
        await scene.device.power_cut()
        stored = await asyncio.to_thread(found, firmware, directory / "device" / "flash.img", board.chip)
        outcome = judge(
            Evidence(
                scenario=scenario,
                story=scene.story,
                scale=scale,
                coloured=board.led in ("rgb", "ws2812"),
                end=end,
                recovery=recovery,
                arrivals=scene.arrivals,
                stored=stored,
                account=scene.account,
            )
        )
        if recovery is not None and lost:
            outcome.problems.append("RUNNING, and lost again with nothing the matter")
        return outcome
