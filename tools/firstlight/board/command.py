"""`firstlight board …`: what goes onto a board."""

from __future__ import annotations

import typer
from rich.console import Console

from firstlight.board.build import ROOT, build

board = typer.Typer(help="Build the firmware for a board.")


@board.callback()
def group() -> None:
    """Build the firmware for a board."""


@board.command("build")
def build_command(
    name: str = typer.Option(None, "--board", help="Include only this board's module (default: all)."),
) -> None:
    """Compile the firmware; the tree it writes is copied to a board as it is."""
    tree = build(name)
    files = [path for path in tree.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    Console().print(f"{tree.relative_to(ROOT)}: {len(files)} files, {size:,} bytes")
