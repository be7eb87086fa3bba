"""The last step of a deployment, cut at every flash operation, on a real littlefs in MicroPython."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from firstlight.board.build import SOURCE, build
from firstlight.board.device import SWITCH

HERE = Path(__file__).parent
# What may start after a cut; the last one is what starts when there was none.
UPDATE = {"old/old", "old/new", "new/new"}
THEIRS = "foreign program with boot.py of its own"
MAY_START = {
    "update": UPDATE,
    "update of firmware without a guard": UPDATE,
    "tree only": {"new/old", "new/new"},
    "starters only": {"old/old"},
    "blank": {"prompt", "new/new"},
    "empty": {"prompt", "new/new"},
    "foreign": {THEIRS, "prompt", "new/new"},
    "foreign, half converted": {THEIRS, "prompt", "new/new"},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """{scenario: ([what starts after each cut], what starts after none)}"""
    switch = tmp_path_factory.mktemp("switch") / "switch.py"
    switch.write_text(SWITCH)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("micropython"),
            *("-X", "heapsize=16M", HERE / "switch_cuts.py"),
            *(HERE.parent / "firmware", build() / "fw", switch, SOURCE / "boot.py"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    cuts, ends = defaultdict(list), {}
    for line in done.stdout.splitlines():
        name, when, what = json.loads(line)
        if when == "done":
            ends[name] = what
        else:
            cuts[name].append(what)
    return cuts, ends


@pytest.mark.parametrize("name", MAY_START)
def test_what_starts_after_a_cut_is_whole(found, name):
    cuts, ends = found
    assert len(cuts[name]) >= 6
    assert set(cuts[name]) | {ends[name]} == MAY_START[name]
    assert ends[name] == ("old/old" if name == "starters only" else "new/new")
