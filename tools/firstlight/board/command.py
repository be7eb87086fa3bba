"""`firstlight board …`: what goes onto a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firstlight.board.build import OUTPUT, PACKED, ROOT, build

board = typer.Typer(help="Build the firmware for a board.")

Brand = Annotated[Path | None, typer.Option("--brand", help="The brand's folder (see docs/brand.md).")]
Languages = Annotated[
    str, typer.Option("--languages", help="Those of the page, the default first: en,de (default: all).")
]


@board.callback()
def group() -> None:
    """Build the firmware for a board."""


@board.command("build")
def build_command(
    name: Annotated[
        str | None, typer.Option("--board", help="Include only this board's module (default: all).")
    ] = None,
    brand: Brand = None,
    languages: Languages = "",
) -> None:
    """Compile the firmware; the tree it writes is copied to a board as it is."""
    tree = build(name, brand=brand, languages=_codes(languages), output=OUTPUT)
    sizes = [path.stat().st_size for path in tree.rglob("*") if path.is_file()]
    page = (tree / PACKED).stat().st_size
    Console(highlight=False).print(
        f"{tree.relative_to(ROOT)}: {len(sizes)} files, {sum(sizes):,} bytes, {page:,} of them the page"
    )


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]
