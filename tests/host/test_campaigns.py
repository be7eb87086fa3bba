"""What the campaigns share: options that cannot be meant, and a last line whatever ends them."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from campaigns import ended, last_line

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("chaos", "--runs 0", "argument --runs: '0' is no whole number from 1 on"),
        ("chaos", "--runs many", "argument --runs: 'many' is no whole number from 1 on"),
        ("chaos", "--seed -1", "argument --seed: '-1' is no whole number"),
        ("chaos", "--only rain", "argument --only: invalid choice: 'rain' (choose from "),
        ("chaos", "--scale 0", "argument --scale: '0' is no number from 0.01 on"),
        ("soak", "--minutes 5", "argument --minutes: '5' is no number from 12 on"),
        ("soak", "--minutes inf", "argument --minutes: 'inf' is no number from 12 on"),
        ("soak", "--minutes long", "argument --minutes: 'long' is no number from 12 on"),
        ("powercut", "--runs 1.5", "argument --runs: '1.5' is no whole number from 1 on"),
        ("powercut", "--seed x", "argument --seed: 'x' is no whole number"),
        ("powercut", "--nonsense", "unrecognized arguments: --nonsense"),
        ("fuzz", "--inputs 0", "argument --inputs: '0' is no whole number from 1 on"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(name, options, problem):
    words = [sys.executable, TESTS / name / "campaign.py", *options.split()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert done.stderr.startswith(f"{name}: {problem}")


@pytest.mark.parametrize(("good", "status", "line"), [(True, 0, "x: ok [3]"), (False, 1, "x: failed [3]")])
def test_the_last_line(good, status, line):
    out = io.StringIO()
    assert last_line(Console(file=out, width=5), "x", good, "[3]") == status
    assert out.getvalue() == line + "\n"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (KeyboardInterrupt(), 130, "x: failed interrupted"),
        (OSError("[bold]no[/] room"), 1, "x: failed OSError: [bold]no[/] room"),
    ],
)
def test_what_ends_early_has_a_last_line(error, status, line):
    def job() -> int:
        raise error

    out = io.StringIO()
    assert ended(Console(file=out, width=200), "x", job) == status
    assert out.getvalue().splitlines()[-1] == line
    assert ended(Console(file=out), "x", lambda: 7) == 7
