"""What ends `make powercut`, and a slice of its second half; the first half's is in tests/firmware."""

from __future__ import annotations

import asyncio
import io
from collections import Counter

import pytest
from campaign import DEVICES, PROMISED, verdict
from devices import Life, Tally, lives
from rich.console import Console


@pytest.mark.parametrize(
    ("row", "problems", "status"),
    [
        (("littlefs", "verify", 9, 0, 0, 0, 0), [], 0),
        (("littlefs", "verify", 9, 1, 0, 0, 0), [], 1),
        (("littlefs", "verify", 9, 0, 1, 0, 0), [], 1),
        (("NVS", "verify", 9, 0, 0, 1, 0), [], 1),
        (("NVS", "erase and wipe", 9, 0, 0, 0, 1), [], 1),
        (("FAT, whole sectors", "erase", 9, 0, 0, 1, 0), [], 1),
        (("FAT, whole sectors", "erase and wipe", 9, 0, 0, 0, 1), [], 0),
        (("FAT on bare flash", "verify", 9, 3, 3, 3, 3), [], 0),
        (("littlefs", "verify", 9, 0, 0, 0, 0), ["lost: …"], 1),
    ],
)
def test_only_what_is_not_promised_may_go_wrong(row, problems, status):
    out = io.StringIO()
    devices = Tally(Counter(RUNNING=5, boot=7), problems=problems)
    assert verdict(Console(file=out), [row], devices, 1) == status
    line = out.getvalue().splitlines()[-1]
    assert line.startswith("powercut: failed " if status else "powercut: ok ")
    assert ("0 cuts" if not PROMISED[row[0]] else "9 cuts") in line and "7 cuts of devices" in line


@pytest.mark.parametrize(
    ("verified", "before", "after", "stored", "end", "problem"),
    [
        (False, "", "1 I state WAIT_CONFIG", False, "WAIT_CONFIG", None),
        (False, "", "1 I state RUNNING", True, "RUNNING", None),
        (False, "", "1 I state WAIT_CONFIG", True, "WAIT_CONFIG", "lost"),
        (False, "", "1 W wifi 722 wrong Wi-Fi password", True, "WAIT_CONFIG", None),
        (True, "", "1 W wifi 722 wrong Wi-Fi password", True, "WAIT_CONFIG", "lost"),
        (False, "1 I cloud credentials verified", "", False, "WAIT_CONFIG", "lost"),
        (True, "1 I state RESET_CONFIG", "", False, "WAIT_CONFIG", None),
        (True, "1 I state RESET_CONFIG", "", False, "RUNNING", None),
        (True, "1 I state RESET_CONFIG\n1 I storage erased", "", False, "RUNNING", "not erased"),
        (False, "", "1 W storage journal unreadable", False, "WAIT_CONFIG", "half"),
        (True, "", "", False, None, "stuck"),
    ],
)
def test_what_counts_as_wrong(verified, before, after, stored, end, problem):
    life = Life(None, 1)
    life._verified = verified
    life._judge(before, before + "\n" + after, stored, end)
    assert [text.split(":")[0] for text in life.tally.problems] == ([problem] if problem else [])


@pytest.mark.parametrize("name", DEVICES)
def test_a_few_cuts_in_the_life_of_a_device(tmp_path, name):
    tally = asyncio.run(lives(tmp_path, seed=3, cuts=1, **DEVICES[name]))
    assert tally.problems == [] and tally.counted == 1
