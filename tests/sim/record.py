"""Reads the record of what a real port answered: sections of expressions, results and timelines."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

RECORD = Path(__file__).resolve().parents[1] / "fixtures" / "esp32-v1.24.0.md"

_EXPRESSION = re.compile(r">>> (?P<code>.*?)(?: -> (?P<result>.*?))?\s*(?:\[\d+ ms\])?$")
_TIMELINE = "timeline [(ms,(status,isconnected))]: "
_NOISE_MS = 50  # a state that an event in flight ended at once


@dataclass
class Step:
    """One expression: its code, what it printed, and `repr` or `EXC repr | str: text` (None: a statement)."""

    code: str
    result: str | None
    printed: list[str] = field(default_factory=list)
    timeline: list[tuple[int, bool]] | None = None  # what (status, isconnected) went through after it


def timeline(text: str) -> list[tuple[int, bool]]:
    """The states of a recorded timeline, in order."""
    entries = ast.literal_eval(text)
    states = [state for _, state in entries]
    if len(entries) > 1 and entries[1][0] - entries[0][0] < _NOISE_MS:
        del states[0]
    return states


def section(title: str) -> list[str]:
    """The lines of the section whose heading starts with `title`."""
    text = RECORD.read_text(encoding="utf-8")
    body = text.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]
    return body.split("```")[1].strip("\n").split("\n")


def steps(title: str) -> list[Step]:
    """The expressions of a section, in order. Lines that an expression printed stand before it."""
    found: list[Step] = []
    printed: list[str] = []
    for line in section(title):
        if line.startswith(">>> "):
            match = _EXPRESSION.match(line)
            result = match["result"]
            found.append(Step(match["code"].strip(), None if result is None else result.strip(), printed))
            printed = []
        elif line.strip().startswith(_TIMELINE):
            found[-1].timeline = timeline(line.strip().removeprefix(_TIMELINE))
        elif not line.startswith("---"):
            printed.append(line)
    return found
