"""How figures come into the terminal and into docs/performance.md."""

from __future__ import annotations

from bench import BEGIN, DOCS, END, written
from sheet import Sheet

SHEET = Sheet("Title", ("path", "a/s"), [("/", "1,000"), ("/config", "5")])


def test_a_sheet_is_aligned_in_the_terminal():
    assert SHEET.text() == "Title\n  path       a/s\n  /        1,000\n  /config      5"


def test_only_what_is_between_the_marks_is_replaced():
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    for _ in range(2):  # again over its own
        page = written(page, [SHEET.markdown(), "`bench: ok`"])
    assert page.startswith(f"before\n{BEGIN}\n\n### Title\n\n| path | a/s |\n| --- | --: |\n")
    assert page.endswith(f"| /config | 5 |\n\n`bench: ok`\n\n{END}\nafter\n")
    assert "old" not in page


def test_the_page_has_the_marks():
    text = DOCS.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
