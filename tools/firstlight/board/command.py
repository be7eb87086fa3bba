"""`firstlight board …`: what goes onto a board."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firstlight.board.build import OUTPUT, PACKED, ROOT, build
from firstlight.net import host_port

board = typer.Typer(help="Build the firmware for a board, see its page.")

Brand = Annotated[Path | None, typer.Option("--brand", help="The brand's folder (see docs/brand.md).")]
Languages = Annotated[
    str, typer.Option("--languages", help="Those of the page, the default first: en,de (default: all).")
]


@board.callback()
def group() -> None:
    """Build the firmware for a board, see its page."""


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


@board.command("preview")
def preview_command(
    brand: Brand = None,
    languages: Languages = "",
    portal: Annotated[str, typer.Option(help="Where the page appears.")] = "127.0.0.1:8080",
) -> None:
    """Serve the page from a virtual device; a change of the brand's files shows after a reload."""
    from firstlight.board.preview import preview

    address = host_port(portal, "--portal")
    asyncio.run(preview(brand, _codes(languages), address, Console(highlight=False)))


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]
