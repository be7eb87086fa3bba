"""What a campaign tells: a table by kind of fault, what went wrong, and one last line."""

from __future__ import annotations

import statistics
from collections import Counter

import kinds
from judge import RUNNING_WITHIN_S, Outcome
from rich.console import Console
from rich.table import Table

from campaigns import last_line


def table(outcomes: list[Outcome]) -> Table:
    """A row for every kind of fault: in how many scenarios, how many came back and how soon, which codes."""
    drawn = Table(
        "fault",
        "scenarios",
        "recovered",
        "median, s",
        "worst, s",
        "wrong",
        "codes logged",
        title=f"by kind of fault; seconds by the device's clock, {RUNNING_WITHIN_S:.0f} are granted",
    )
    for column in drawn.columns[1:6]:
        column.justify = "right"
    for kind in kinds.possible():
        touched = [
            outcome for outcome in outcomes if kind in (fault.kind for fault in outcome.scenario.faults)
        ]
        if touched:
            drawn.add_row(kind, *_row(touched), _codes(touched, kind))
    drawn.add_section()
    drawn.add_row("all", *_row(outcomes), "")
    return drawn


def _row(outcomes: list[Outcome]) -> list[str]:
    times = [outcome.recovery for outcome in outcomes if outcome.recovery is not None]
    return [
        f"{len(outcomes)}",
        f"{sum(seconds <= RUNNING_WITHIN_S for seconds in times)}",
        f"{statistics.median(times):.1f}" if times else "-",
        f"{max(times):.1f}" if times else "-",
        f"{sum(bool(outcome.problems) for outcome in outcomes)}",
    ]


def _codes(outcomes: list[Outcome], kind: str) -> str:
    seen = Counter(code for outcome in outcomes for where, code in outcome.codes if where == kind)
    return ", ".join(f"{code} x {count}" for code, count in seen.most_common()) or "-"


def failure(console: Console, outcome: Outcome) -> None:
    """What a stranger needs to understand one that went wrong."""
    console.print(f"\n{outcome.scenario}", markup=False, highlight=False, soft_wrap=True)
    for problem in outcome.problems:
        console.print(f"  wrong: {problem}", markup=False, highlight=False, soft_wrap=True)
    for line in outcome.tail:
        console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)


def causes(outcomes: list[Outcome]) -> Table:
    """Which problems there were, how often, and a seed that shows each."""
    drawn = Table("what went wrong", "scenarios", "seeds", title="problems")
    seeds: dict[str, list[int]] = {}
    for outcome in outcomes:
        for problem in {_class(problem) for problem in outcome.problems}:
            seeds.setdefault(problem, []).append(outcome.scenario.seed)
    for problem, where in sorted(seeds.items(), key=lambda entry: -len(entry[1])):
        drawn.add_row(problem, f"{len(where)}", ", ".join(map(str, where[:6])) + (" …" if where[6:] else ""))
    return drawn


def _class(problem: str) -> str:
    """A problem without its particulars."""
    return problem.split(" (")[0]


def verdict(console: Console, outcomes: list[Outcome], first: int, scale: float) -> int:
    """The last line, and the exit status that goes with it."""
    wrong = sum(bool(outcome.problems) for outcome in outcomes)
    faults = sum(len(outcome.scenario.faults) for outcome in outcomes)
    times = [outcome.recovery for outcome in outcomes if outcome.recovery is not None]
    worst = f"{max(times):.1f} s" if times else "never"
    without = f", without {', '.join(kinds.WITHOUT)}" if kinds.WITHOUT else ""
    return last_line(
        console,
        "chaos",
        bool(outcomes and not wrong),
        f"{len(outcomes):,} scenarios, "
        f"{faults:,} faults: {wrong} wrong, RUNNING at the latest {worst} after the last fault "
        f"(seeds {first} to {first + len(outcomes) - 1}, scale {scale:g}{without})",
    )
