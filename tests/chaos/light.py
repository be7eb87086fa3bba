"""Whether a device's light shows the state that it is in: colour, and the class of its blinking."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from typing import Any

from kinds import LIGHTS

Story = list[tuple[float, dict[str, Any]]]

_WRAP = 1 << 30  # ticks_us() begins anew every 18 minutes
# Real seconds that a state must last to be judged: five of the slowest blinks, for a busy bench misses some.
_LEAST_BLINK_S, _LEAST_WAVE_S = 2.8, 1.4
_SETTLES_S = 0.15  # after the change of state
_BRIGHT = 120  # below it, three bytes of colour are too coarse to compare
_LEVELS = 5  # of a wave, at least
_ENDS = ("state", "reset", "boot", "off", "halt")


def segments(story: Story) -> Iterator[tuple[float, float, str, list[dict[str, Any]]]]:
    """(begin, end, state, led events) of every stay in a state."""
    begin, state, lights = 0.0, "", []
    for at, event in story:
        if event["event"] == "state" and event["state"] == state:
            continue  # the light goes on as it was
        if event["event"] in _ENDS:
            if state:
                yield begin, at, state, lights
            begin, state, lights = at, event.get("state", ""), []
        elif event["event"] == "led" and event["us"] is not None and state and at > begin + _SETTLES_S:
            lights.append(event)


def problems(story: Story, coloured: bool, blocked: list[tuple[float, float]]) -> list[str]:
    """What was wrong with the light. coloured: whether the board's can show colours.

    blocked: times, on the story's clock, when a look-up stopped everything (ESP8266), which is documented.
    """
    found = []
    for begin, end, state, lights in segments(story):
        if state not in LIGHTS:
            continue
        least = _LEAST_BLINK_S if LIGHTS[state][1] else _LEAST_WAVE_S
        if end - begin < least + _SETTLES_S:
            continue
        if any(begin < there and here < end for here, there in blocked):
            continue
        if wrong := _wrong(state, lights, coloured):
            found.append(f"light of {state} {wrong} ({begin:.1f} to {end:.1f} s)")
    return found


def _wrong(state: str, lights: list[dict[str, Any]], coloured: bool) -> str:
    colour, on, off = LIGHTS[state]
    if not lights:
        return "does not change"
    if other := _other_colour([event["rgb"] for event in lights], colour, coloured):
        return f"shows {other}"
    if on:
        return _wrong_blink(lights, on, off)
    if any(event["rgb"] == "000000" for event in lights):
        return "goes dark"
    levels = len({event["rgb"] for event in lights})
    return "" if levels >= _LEVELS else f"has {levels} levels in a wave"


def _other_colour(seen: list[str], colour: int, coloured: bool) -> str:
    """A bright colour that is not this one, "" when there are next to none: three lamps change one by one."""
    wanted = (colour >> 16, colour >> 8 & 255, colour & 255) if coloured else (255, 255, 255)
    bright = [rgb for rgb in seen if max(bytes.fromhex(rgb)) >= _BRIGHT]
    others = []
    for rgb in bright:
        parts = bytes.fromhex(rgb)
        pairs = zip(parts, wanted, strict=True)
        if any(abs(part / max(parts) - want / max(wanted)) > 0.12 for part, want in pairs):
            others.append(rgb)
    return others[0] if len(others) > len(bright) / 4 else ""


def _wrong_blink(lights: list[dict[str, Any]], on: int, off: int) -> str:
    times: dict[bool, list[float]] = {True: [], False: []}
    edges: list[tuple[bool, int]] = []
    for event in lights:
        lit = event["rgb"] != "000000"
        if not edges or edges[-1][0] != lit:
            edges.append((lit, event["us"]))
    for (lit, begin), (_, end) in itertools.pairwise(edges):
        times[lit].append((end - begin) % _WRAP / 1000)
    for lit, wanted in ((True, on), (False, off)):
        if not times[lit]:
            return "does not blink"
        median = statistics.median(times[lit])
        if not wanted * 0.5 - 10 <= median <= wanted * 2 + 30:
            return f"is {'lit' if lit else 'dark'} for other than {wanted} ms, {median:.0f}"
    return ""
