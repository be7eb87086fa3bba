"""A short soak, and how it measures."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from pathlib import Path

import measure
import pytest
from rich.console import Console

SOAK = Path(__file__).parent
sys.path.insert(0, str(SOAK.parent / "chaos"))

from broker import MISSING, find  # noqa: E402
from play import witness  # noqa: E402
from scenarios import Fault, Scenario  # noqa: E402
from stored import firmware  # noqa: E402
from telling import verdict  # noqa: E402

SCALE = 0.025


def story(numbers: list[tuple[int, int]]) -> measure.Story:
    return [
        (float(at), {"event": "log", "line": f"{at} I soak free {free} tasks {tasks}"})
        for at, (free, tasks) in enumerate(numbers)
    ]


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ([(50_000 - 200 * (at % 3), 9) for at in range(16)], None),
        ([(90_000, 9)] * 4 + [(50_000, 9)] * 12, None),  # what settles in the first quarter
        ([(50_000, 9)] * 28 + [(20_000, 9)] + [(50_000, 9)] * 3, None),  # a minute of much to do
        ([(50_000, 9)] * 24 + [(45_000, 9), (50_000, 9)] * 4, None),  # what is kept for a while
        ([(50_000 - 400 * at, 9) for at in range(16)], "free heap falls"),
        ([(50_000, 9 + at // 4) for at in range(16)], "tasks grow"),
        ([(50_000, 9)] * 7, "not measured"),
    ],
)
def test_what_counts_as_less(numbers, problem):
    found = measure.problems(story(numbers))
    assert [text.split(" (")[0] for text in found] == ([problem] if problem else [])


@pytest.mark.alone
@pytest.mark.parametrize("board", ["esp32_wrover", "esp8266_witty"])
def test_some_minutes(tmp_path, board):
    """The application tells what is left, and nothing goes wrong in a restart of the broker and a flood."""
    if not find():
        if os.environ.get("FIRSTLIGHT_REQUIRE_MOSQUITTO") == "1":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    tree = firmware(tmp_path / "firmware", SOAK / "application" / "app.py")
    faults = (Fault("oversize", 30, 0), Fault("broker restart", 60, 15), Fault("flood", 240, 0))
    scenario = Scenario(0, board, False, False, faults)
    evidence = asyncio.run(witness(scenario, tmp_path, tree, SCALE, {"SOAK_MINUTE_S": 20 * SCALE}))
    out = io.StringIO()
    assert verdict(Console(file=out, width=200), [evidence], 4, SCALE) == 0, out.getvalue()
    assert out.getvalue().splitlines()[-1].startswith("soak: ok 1 devices, 4 minutes each, 3 faults: 0 wrong")
    assert f"│ {board}" in out.getvalue()
