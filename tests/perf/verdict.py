"""What `make bench` holds the firmware to, and the line that it ends with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

OURS = "ours"
FLOOR = "floor"  # a plain asyncio server, that does nothing but answer
BAREST = "barest"  # the same with all that can be left out: for comparison, it sets no limit
BARE = "bare"  # an MQTT client that does nothing but write and read
LEAST_OF_FLOOR = 0.9
MOST_OF_BARE = 1.5
MOST_START_MS = 150.0
MOST_WAITS_MS = 2500.0

Row = tuple[str, int]  # path, clients


def portal(ratios: Mapping[tuple[str, Row], float]) -> list[str]:
    """Faults of the portal, from our requests a second as a part of each server's, in each row."""
    faults = []
    for (server, row), ratio in ratios.items():
        if server == BAREST:
            continue
        if server == FLOOR and ratio < LEAST_OF_FLOOR:
            faults.append(f"{_name(row)}: {ratio:.3g} of the floor, not {LEAST_OF_FLOOR:g}")
        if server != FLOOR and ratio <= 1:
            faults.append(f"{_name(row)}: {ratio:.3g} of {server}")
    return faults


def mqtt(medians: Mapping[str, float]) -> list[str]:
    """Faults of the client, from each one's median µs of a QoS 1 publish."""
    ratio = medians[OURS] / medians[BARE]
    return [f"QoS 1: {ratio:.2f} times the bare client, not {MOST_OF_BARE:g}"] if ratio > MOST_OF_BARE else []


def starts(ms: Mapping[str, float]) -> list[str]:
    """Faults of what comes after power-on, from the ms until each end."""
    return [
        f"{end}: {value:.0f} ms, not {MOST_START_MS:g}" for end, value in ms.items() if value > MOST_START_MS
    ]


def waits(ms: Mapping[str, float]) -> list[str]:
    """Faults of the ways from a configuration to RUNNING, from the ms that each one waits."""
    return [
        f"{way} try: waits {value:.0f} ms, not {MOST_WAITS_MS:g}"
        for way, value in ms.items()
        if value > MOST_WAITS_MS
    ]


def line(name: str, faults: Iterable[str], figures: str) -> str:
    """The last line of a benchmark of this name."""
    faults = list(faults)
    return f"{name}: failed: {'; '.join(faults)}" if faults else f"{name}: ok {figures}"


def _name(row: Row) -> str:
    path, clients = row
    return f"{path} with {clients}"
