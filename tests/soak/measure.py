"""Whether what a device has left becomes less: robust statistics of its own minutes."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

HEAP_MAY_FALL = 2048  # bytes between two quarters of the time: less than one lost message an hour
TASKS_MAY_GROW = 0
_SAMPLE = re.compile(r"\d+ I soak free (\d+) tasks (\d+)$")
_LEAST = 8  # samples that make quarters worth comparing

Story = list[tuple[float, dict[str, Any]]]


@dataclass(frozen=True)
class Trend:
    """A quartile of what was told every minute, early and late: the one that is next to what always stays.

    Of free bytes that is the upper one: a collector that goes by what looks like a pointer keeps 4 KB now and
    then, for some minutes, and a leak is what even the best minutes miss. Of tasks it is the lower one.
    """

    early: float
    late: float

    @property
    def change(self) -> float:
        return self.late - self.early


def samples(story: Story) -> Iterator[tuple[int, int]]:
    """(bytes free, live tasks) of every minute."""
    for _, event in story:
        if event["event"] == "log" and (found := _SAMPLE.match(event["line"])):
            yield int(found[1]), int(found[2])


def trend(numbers: list[int], upper: bool = False) -> Trend:
    """The second quarter of the time beside the last one: the first is for whatever settles.

    upper: compare upper quartiles instead of lower ones. Raises ValueError for fewer than eight numbers.
    """
    if len(numbers) < _LEAST:
        raise ValueError(f"only {len(numbers)} minutes were told, {_LEAST} are needed")
    quarter = len(numbers) // 4
    parts = (numbers[quarter : 2 * quarter], numbers[-quarter:])
    return Trend(*(statistics.quantiles(part, n=4, method="inclusive")[2 if upper else 0] for part in parts))


def problems(story: Story) -> list[str]:
    """What grows that should not."""
    free, tasks = zip(*samples(story), strict=True) if list(samples(story)) else ((), ())
    try:
        heap, count = trend(list(free), upper=True), trend(list(tasks))
    except ValueError as error:
        return [f"not measured ({error})"]
    found = []
    if heap.change < -HEAP_MAY_FALL:
        found.append(f"free heap falls (from {heap.early:.0f} to {heap.late:.0f} bytes)")
    if count.change > TASKS_MAY_GROW:
        found.append(f"tasks grow (from {count.early:.0f} to {count.late:.0f})")
    return found
