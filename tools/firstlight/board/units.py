"""The CSV file of a run of units. Of what a cell says only an address is told: all else may be a token."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

from firstlight.bench.storage import is_mac
from firstlight.errors import UserError

COLUMNS = ("mac", "token", "server", "claim")
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}  # what spreadsheets write, by their country
_CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f]")  # all but the tab and the ends of lines


@dataclass(frozen=True)
class Row:
    """One line of the file; an empty column is an empty text.

    problem: why the line will not do, and then nothing else is here; without one, `mac` has the right form.
    """

    line: int
    mac: str = ""
    token: str = field(default="", repr=False)
    server: str = ""
    claim: str = ""
    problem: str = ""


def read_units(path: Path) -> list[Row]:
    """Raises UserError for a file that cannot be read, has no units, or other columns than ours."""
    first, *lines = _text(path).split("\n")
    separator = max(_SEPARATORS, key=first.count)
    names = _names(first, separator, path)
    rows = [
        _row(number, line, names, separator)
        for number, line in enumerate(lines, 2)
        if line.strip(f" \t{separator}")  # spreadsheets write empty lines, too
    ]
    if not rows:
        raise UserError(f"{path}: has no units, only the names of the columns; add a line for each unit")
    return rows


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a CSV file") from None
    except UnicodeError:
        raise UserError(f"{path}: is no CSV file in UTF-8; export it so") from None


def _names(line: str, separator: str, path: Path) -> list[str]:
    """The columns, of the first line."""
    try:
        names = [name.lower() for name in _cells(line, separator)]
    except csv.Error:
        names = []
    strange = [number for number, name in enumerate(names, 1) if name not in COLUMNS]
    if any(is_mac(name) for name in names):
        what = "that line is missing"
    elif strange:
        what = f"column {strange[0]} is none of them"
    elif "mac" not in names or len(set(names)) < len(names):
        what = "mac is needed, and each once"
    else:
        return names
    known = f"{', '.join(COLUMNS)}, with comma, semicolon or tab between"
    raise UserError(f"{path}: the first line names the columns {known}; {what}")


def _row(number: int, line: str, names: list[str], separator: str) -> Row:
    if _CONTROL.search(line):
        return Row(number, problem="has a control character; remove it")
    try:
        cells = _cells(line, separator)
    except csv.Error:
        return Row(number, problem="has a quote that is not closed, or a line break in a cell; remove it")
    if len(cells) > len(names):
        return Row(number, problem=f"has {len(cells)} cells for {len(names)} columns")
    row = Row(number, **dict(zip(names, cells, strict=False)))
    problem = _not_a_mac(row.mac, separator)
    return Row(number, problem=problem) if problem else row


def _cells(line: str, separator: str) -> list[str]:
    """Raises csv.Error for quotes that do not fit; one that is not closed would swallow the next lines."""
    return [cell.strip() for cells in csv.reader([line], delimiter=separator, strict=True) for cell in cells]


def _not_a_mac(text: str, separator: str) -> str:
    """What is wrong with it, if anything."""
    if not text:
        return "mac: is empty"
    if is_mac(text):
        return ""
    if any(other in text for other in _SEPARATORS):
        return f"is not separated by a {_SEPARATORS[separator]}, as the first line is"
    return "mac: is not six hex bytes, for example 24:6F:28:AB:CD:EF or 246f28abcdef"
