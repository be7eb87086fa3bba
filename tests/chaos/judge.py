"""What must be true of a scenario, read from its story: pure functions, one a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import kinds
import light
from light import Story
from scenarios import Scenario

RUNNING_WITHIN_S = 60.0  # by the device's clock, after the last fault
_ATTEMPT_S = 50.0  # an attempt that began during a fault may fail so long after it
_ADMITS_S = 5.0  # so soon after losing the cloud it is not RUNNING any more
_MOST_ARRIVALS = 40  # connections in any minute: a device that hammers is a device that harms
_CODE = re.compile(r"\d+ W (?:wifi|cloud) (\d{3}) ")
_LOST = re.compile(r"\d+ W cloud (?:\d{3} )?lost:")
_BROKEN = re.compile(r"\d+ E |Traceback|MemoryError|^bench: MicroPython")
_LINES = 30


@dataclass
class Outcome:
    """What came of a scenario; small enough to be handed from process to process.

    recovery: device seconds from the end of the last fault to RUNNING, None when it never got there.
    codes: (kind of fault, code) for each code logged during it.
    """

    scenario: Scenario
    recovery: float | None = None
    problems: list[str] = field(default_factory=list)
    codes: list[tuple[str, int]] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    timeline: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Evidence:
    """What a scene leaves behind. Times are real seconds on the story's clock.

    end: of the last fault; recovery: real seconds from there to RUNNING; lost: whether it is not RUNNING any
    more a while later. stored, account: the record on its flash now and before.
    """

    scenario: Scenario
    story: Story
    scale: float
    coloured: bool
    end: float
    recovery: float | None
    lost: bool
    arrivals: list[float]
    stored: dict[str, Any]
    account: dict[str, Any]


def judge(evidence: Evidence) -> Outcome:
    """Apply every rule. A problem reads `what (where and when)`."""
    recovery = None if evidence.recovery is None else evidence.recovery / evidence.scale
    outcome = Outcome(evidence.scenario, recovery)
    for rule in (_recovers, _restarts, _breaks, _admits, _remembers, _hammers):
        outcome.problems += rule(evidence)
    outcome.codes, strange = codes(evidence)
    outcome.problems += strange
    blocked = [] if "8266" not in evidence.scenario.board else spans(evidence.story, "slow names")
    outcome.problems += light.problems(evidence.story, evidence.coloured, blocked)
    outcome.timeline = list(timeline(evidence.story))
    outcome.tail = [event["line"] for _, event in evidence.story if event["event"] == "log"][-_LINES:]
    return outcome


def spans(story: Story, kind: str | None = None) -> list[Any]:
    """(begin, end) of each fault of a kind, or (begin, end, kind) of every fault."""
    found, begun = [], {}
    for at, event in story:
        if event["event"] == "fault":
            if event["begins"]:
                begun[event["kind"]] = at
            else:
                found.append((begun.pop(event["kind"]), at, event["kind"]))
    return [span[:2] for span in found if span[2] == kind] if kind else found


def codes(evidence: Evidence) -> tuple[list[tuple[str, int]], list[str]]:
    """((kind, code) of every code that a fault explains, what none explains)."""
    explained, strange = [], []
    faults = spans(evidence.story)
    grace = _ATTEMPT_S * evidence.scale
    for at, line in _lines(evidence.story):
        if found := _CODE.match(line):
            code = int(found[1])
            around = [kind for begin, end, kind in faults if begin <= at <= end + grace]
            causes = [kind for kind in around if code in kinds.allowed(kind)]
            explained += [(kind, code) for kind in causes]
            if not causes:
                strange.append(f"code {code} (during {', '.join(around) or 'nothing'}: {line})")
    return explained, strange


def timeline(story: Story) -> Iterator[str]:
    """The story for people, a line an event; its light's changes are left out."""
    for at, event in story:
        kind = event["event"]
        if kind == "log":
            yield f"{at:7.2f}  {event['line']}"
        elif kind == "fault":
            yield f"{at:7.2f}  {'-----' if event['begins'] else '====='} {event['kind']} " + (
                "begins" if event["begins"] else "ends"
            )
        elif kind in ("boot", "reset", "off", "halt"):
            yield f"{at:7.2f}  ***** {kind} {event.get('cause', '')}"


def _lines(story: Story) -> Iterator[tuple[float, str]]:
    """The log, but for last words: the bench breaks connections off a moment before it takes the power."""
    dying = False
    for at, event in story:
        if event["event"] in ("dying", "boot"):
            dying = event["event"] == "dying"
        elif event["event"] == "log" and not dying:
            yield at, event["line"]


def _recovers(evidence: Evidence) -> Iterator[str]:
    if evidence.recovery is None:
        yield "never RUNNING again"
    elif evidence.recovery > RUNNING_WITHIN_S * evidence.scale:
        late = evidence.recovery / evidence.scale
        yield f"RUNNING too late ({late:.0f} s after the last fault)"
    if evidence.recovery is not None and evidence.lost:
        yield "RUNNING, and lost again with nothing the matter"


def _restarts(evidence: Evidence) -> Iterator[str]:
    """Only by the bench's button, and where the table says so."""
    reasons = [reason for fault in evidence.scenario.faults for reason in kinds.KINDS[fault.kind].resets]
    last = ""
    for at, event in evidence.story:
        if event["event"] == "log":
            last = event["line"]
        elif event["event"] == "reset" and event["cause"] != "button":
            if event["cause"] != "reset" or not any(last.endswith(reason) for reason in reasons):
                yield f"restarted by itself ({event['cause']} at {at:.1f} s, after: {last})"
        elif event["event"] == "halt":
            yield f"halted (at {at:.1f} s, after: {last})"


def _breaks(evidence: Evidence) -> Iterator[str]:
    """No state ERROR, no error in the log."""
    for at, line in _lines(evidence.story):
        if line.endswith(" state ERROR") or _BROKEN.search(line):
            yield f"error (at {at:.1f} s: {line})"


def _admits(evidence: Evidence) -> Iterator[str]:
    """It leaves RUNNING soon after it has said that the cloud is lost."""
    lost = None
    for at, event in evidence.story:
        if event["event"] == "log" and _LOST.match(event["line"]):
            lost = at
        elif event["event"] in ("state", "reset", "off") and lost is not None:
            seconds = (at - lost) / evidence.scale
            if seconds > _ADMITS_S:
                yield f"RUNNING, with the cloud lost ({seconds:.0f} s long from {lost:.1f} s)"
            lost = None


def _remembers(evidence: Evidence) -> Iterator[str]:
    """The record is what it was; only which network leads may change."""
    stored, account = evidence.stored, {**evidence.account, "networks": sorted(evidence.account["networks"])}
    if stored["candidate"] is not None:
        yield "a candidate is stored (that nobody gave it)"
    if stored["verified"] is None:
        yield "its credentials are gone"
        return
    kept = {**stored["verified"], "networks": sorted(stored["verified"]["networks"])}
    if kept != account:
        changed = [name for name in account if kept[name] != account[name]]
        yield f"stored otherwise than before ({', '.join(changed)})"


def _hammers(evidence: Evidence) -> Iterator[str]:
    """No more connections to a server, in any minute, than a backoff makes."""
    minute = 60 * evidence.scale
    for first, last in zip(evidence.arrivals, evidence.arrivals[_MOST_ARRIVALS:], strict=False):
        if last - first < minute:
            seconds = (last - first) / evidence.scale
            yield f"too many connections ({_MOST_ARRIVALS + 1} in {seconds:.0f} s)"
            return
