"""A table of figures, for a terminal of any width and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Sheet:
    """The first column is text, to the left; all others are figures, to the right."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def text(self) -> str:
        """Aligned by spaces."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.columns))]
        return "\n".join([self.title, *("  " + _aligned(line, widths) for line in lines)])

    def markdown(self) -> str:
        """With the title as a heading above."""
        ruler = ["---"] + ["--:"] * (len(self.columns) - 1)
        lines = [f"| {' | '.join(line)} |" for line in (self.columns, ruler, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *figures = (
        cell.rjust(width) if at else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(line, widths, strict=True))
    )
    return "  ".join([first, *figures])
