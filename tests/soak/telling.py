"""What a soak tells: what went wrong, a table of what was left, and one last line."""

from __future__ import annotations

import measure
from judge import Evidence, judge
from rich.console import Console
from rich.table import Table

from campaigns import last_line

_TAIL = 30  # lines of what happened last


def problems(evidence: Evidence) -> list[str]:
    """By the rules of `make chaos`, and by what it had left."""
    return judge(evidence).problems + measure.problems(evidence.story)


def table(evidences: list[Evidence]) -> Table:
    drawn = Table("device", "minutes", "bytes free, early", "late", "tasks, early", "late", "connections")
    for column in drawn.columns[1:]:
        column.justify = "right"
    for evidence in evidences:
        taken = list(measure.samples(evidence.story))
        try:
            heap = measure.trend([free for free, _ in taken], upper=True)
            tasks = measure.trend([count for _, count in taken])
        except ValueError:
            continue
        numbers = (heap.early, heap.late, tasks.early, tasks.late)
        drawn.add_row(
            evidence.scenario.board,
            f"{len(taken)}",
            *(f"{number:,.0f}" for number in numbers),
            f"{len(evidence.arrivals)}",
        )
    return drawn


def verdict(console: Console, evidences: list[Evidence], minutes: float, scale: float) -> int:
    """What was wrong, the last line, and the exit status that goes with it."""
    wrong = {evidence.scenario.board: problems(evidence) for evidence in evidences}
    for evidence in evidences:
        for problem in wrong[evidence.scenario.board]:
            console.print(f"{evidence.scenario.board}: {problem}", markup=False, highlight=False)
        if wrong[evidence.scenario.board]:
            for line in judge(evidence).timeline[-_TAIL:]:
                console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    console.print(table(evidences))
    faults = sum(len(evidence.scenario.faults) for evidence in evidences)
    count = sum(map(len, wrong.values()))
    text = f"{len(evidences)} devices, {minutes:g} minutes each, {faults} faults: {count} wrong"
    return last_line(console, "soak", not count, f"{text} (scale {scale:g})")
