"""What lets `make bench` fail, and how it ends."""

from __future__ import annotations

import pytest
import verdict
from verdict import BARE, BAREST, FLOOR, OURS

ROWS = [("/", 1), ("/config", 8)]


def ratios(**changes: float) -> dict:
    """Parts of the others' requests a second that just do; changes: those at /config with 8 clients."""
    by = {
        (server, row): ratio
        for server, ratio in (("microdot", 1.01), (FLOOR, 0.9), (BAREST, 0.1))
        for row in ROWS
    }
    return by | {(server, ROWS[1]): ratio for server, ratio in changes.items()}


def test_the_portal_passes_at_the_floors_nine_tenths_and_above_each_peer():
    assert verdict.portal(ratios()) == []


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({FLOOR: 0.899}, ["/config with 8: 0.899 of the floor, not 0.9"]),
        ({"microdot": 1.0}, ["/config with 8: 1 of microdot"]),
        (
            {"microdot": 0.5, FLOOR: 0.25},
            ["/config with 8: 0.5 of microdot", "/config with 8: 0.25 of the floor, not 0.9"],
        ),
    ],
)
def test_each_cell_of_the_portal_counts(changes, faults):
    assert verdict.portal(ratios(**changes)) == faults


def test_a_publish_is_held_to_the_bare_client_alone():
    assert verdict.mqtt({OURS: 150.0, BARE: 100.0, "peer": 1.0}) == []
    assert verdict.mqtt({OURS: 151.0, BARE: 100.0}) == ["QoS 1: 1.51 times the bare client, not 1.5"]


def test_starts_and_waits_have_their_limits():
    assert verdict.starts({"page": 150.0, "RUNNING": 150.0}) == []
    assert verdict.starts({"page": 12.0, "RUNNING": 151.0}) == ["RUNNING: 151 ms, not 150"]
    assert verdict.waits({"classic": 2500.0, "live": 2500.0}) == []
    assert verdict.waits({"classic": 600.0, "live": 2501.0}) == ["live try: waits 2501 ms, not 2500"]


def test_the_last_line_names_what_is_missed():
    assert verdict.line("bench", [], "all well") == "bench: ok all well"
    assert verdict.line("bench", ["a", "b"], "all well") == "bench: failed: a; b"
