"""The CSV file of `firstlight board batch`: what spreadsheets write, and nothing told of the tokens in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from firstlight.board.units import read_units
from test_board_commands import run
from test_factory import MAC, TOKEN


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("mac,tokn\n", "column 2 is none of them"),
        ("mac|token\n", "with comma, semicolon or tab between; column 1 is none of them"),
        ("token\n", "mac is needed, and each once"),
        ('mac,"token\n', "mac is needed, and each once"),
        (f"{MAC},x\n", "the first line names the columns mac, token, server, claim"),
        (f"{MAC},x\n", "; that line is missing"),
        ("mac,token\n\n,\n", "has no units, only the names of the columns; add a line for each unit"),
        ("mac,mac\n", "mac is needed, and each once"),
        ("", "mac is needed"),
    ],
)
def test_columns_are_checked_first(tmp_path, content, problem):
    (tmp_path / "units.csv").write_text(content)
    status, said = run("batch", tmp_path / "units.csv", "--output", tmp_path / "run")
    assert status == 2 and problem in said[0]
    assert not (tmp_path / "run").exists()


def test_a_file_that_is_none(tmp_path):
    assert "cannot be read" in run("batch", tmp_path / "none.csv", "--output", tmp_path)[1][0]
    (tmp_path / "binary").write_bytes(os.urandom(999) + b"\xff")
    assert "is no CSV file in UTF-8" in run("batch", tmp_path / "binary", "--output", tmp_path)[1][0]


def private(output: Path) -> str:
    """All that a run has written but for the records, which are made of secrets."""
    files = [path for path in output.rglob("*") if path.is_file() and path.parent.name != "record"]
    return "".join(path.read_bytes().decode(errors="replace") for path in files)


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        (f"token,mac\n{MAC},{TOKEN}\n", 1, "line 2: mac: is not six hex bytes, for example 24:6F:28:AB:CD"),
        (f"mac,token\n{MAC};{TOKEN}\n", 1, "line 2: is not separated by a comma, as the first line is"),
        (f"mac;token\n{MAC},{TOKEN}\n", 1, "line 2: is not separated by a semicolon, as the first"),
        (f"{MAC},{TOKEN}\n", 2, "that line is missing"),
        (f"{TOKEN},{MAC}\n{TOKEN},{MAC}\n", 2, "that line is missing"),
        (f"{TOKEN}\n", 2, "column 1 is none of them"),
        (f"mac,{TOKEN}\n", 2, "column 2 is none of them"),
        (f"mac,server\n{MAC},mqtt://u:{TOKEN}@h\n", 1, "line 2: server: a password in it; the token is"),
        (f"mac,server,token\n{MAC},{TOKEN},mqtt://h\n", 1, "line 2: token: a token has 32 characters, got 8"),
        (f"mac,claim,token\n{MAC},{TOKEN},https://a/1\n", 1, "line 2: token: a token has 32 characters, go"),
        (f"mac\n{MAC},{TOKEN}\n", 1, "line 2: has 2 cells for 1 columns"),
        (f'mac,token\n"{MAC},{TOKEN}\n', 1, "line 2: has a quote that is not closed, or a line break in a"),
        (f"mac,token\n{MAC},{TOKEN}\0\n", 1, "line 2: has a control character; remove it"),
    ],
)
def test_no_token_is_told_or_written_but_into_its_record(tmp_path, content, status, problem):
    (tmp_path / "units.csv").write_text(content)
    output = tmp_path / "run"
    ended, said = run("batch", tmp_path / "units.csv", "--output", output)
    assert ended == status and problem in said[0], said
    assert TOKEN not in "".join(said) + private(output)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_a_spreadsheet_writes(tmp_path, separator, mark):
    lines = [["MAC", "Token", "claim"], [MAC, TOKEN, '"https://a.example/1,2;3"'], ["", "", ""]]
    text = "\r\n".join(separator.join(cells) for cells in lines) + "\r\n"
    (tmp_path / "units.csv").write_bytes((mark + text).encode())
    (row,) = read_units(tmp_path / "units.csv")
    assert (row.line, row.mac, row.token, row.claim) == (2, MAC, TOKEN, "https://a.example/1,2;3")


def test_a_stray_quote_costs_its_own_line_only(tmp_path):
    units = [f"24:6F:28:00:00:0{number}," for number in (1, 2, 3, 4)]
    units[1] += '"https://a'
    units.append('24:6F:28:00:00:05,"two\nlines"')
    (tmp_path / "units.csv").write_text("mac,claim\n" + "\n".join(units) + "\n")
    rows = read_units(tmp_path / "units.csv")
    quote = "has a quote that is not closed, or a line break in a cell; remove it"
    assert [(row.line, row.problem) for row in rows[:5]] == [
        (2, ""),
        (3, quote),
        (4, ""),
        (5, ""),
        (6, quote),
    ]
    assert rows[5].problem.startswith("mac: is not six hex bytes")
