"""`firstlight board …`: what goes onto a board, and onto its label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firstlight import loop
from firstlight.bench.boards import board as board_named
from firstlight.bench.boards import literals
from firstlight.board import delivery, factory
from firstlight.board.abi import check_compiler
from firstlight.board.build import OUTPUT, PACKED, ROOT, SOURCE, build, codes, needs_small
from firstlight.board.manifest import publish
from firstlight.board.romfs import romfs_command
from firstlight.board.small import Small
from firstlight.board.told import explain_command
from firstlight.errors import UserError
from firstlight.net import host_port

board = typer.Typer(help="Build the firmware for a board, see its page, print its label.")

Brand = Annotated[Path | None, typer.Option("--brand", help="The brand's folder (see docs/brand.md).")]
Languages = Annotated[
    str, typer.Option("--languages", help="Those of the page, the default first: en,de (default: all).")
]


@board.callback()
def group() -> None:
    """Build the firmware for a board, see its page, print its label."""


@board.command("build")
def build_command(
    name: Annotated[
        str | None, typer.Option("--board", help="Include only this board's module (default: all).")
    ] = None,
    brand: Brand = None,
    languages: Languages = "",
    micropython: Annotated[
        str | None,
        typer.Option("--micropython", help="The board's release, 1.24 to 1.29 (default: any of them)."),
    ] = None,
) -> None:
    """Compile the firmware; the tree it writes is copied to a board as it is.

    Beside it: manifest.json with the size and SHA-256 of each file, and package.json for mip.
    """
    small = Small() if needs_small(name) else None
    if micropython is not None:
        check_compiler(micropython, bool(small))
    tree = build(name, brand=brand, languages=codes(languages), output=OUTPUT, small=small)
    values = literals(SOURCE / "product.py")
    publish(tree, board_named(name) if name else None, str(values["FIRMWARE_VERSION"]), micropython)
    sizes = [path.stat().st_size for path in tree.rglob("*") if path.is_file()]
    page = (tree / PACKED).stat().st_size
    Console(highlight=False).print(
        f"{tree.relative_to(ROOT)}: {len(sizes)} files, {sum(sizes):,} bytes, {page:,} of them the page"
        + (
            f"; an {board_named(name).chip} runs it from ROMFS only: board deploy, or board romfs"
            if small
            else ""
        )
    )


board.command("romfs")(romfs_command)
board.command("explain")(explain_command)


@board.command("preview")
def preview_command(
    name: Annotated[str, typer.Option("--board", help="The board that serves it.")] = "esp32c3_devkit",
    brand: Brand = None,
    languages: Languages = "",
    portal: Annotated[str, typer.Option(help="Where the page appears.")] = "127.0.0.1:8080",
) -> None:
    """Serve the page from a virtual device; a change of the brand's files shows after a reload."""
    from firstlight.board.preview import preview

    address = host_port(portal, "--portal")
    loop.run(preview(name, brand, codes(languages), address, Console(highlight=False)))


@board.command("wifi-qr")
def wifi_qr(
    mac: Annotated[str, typer.Argument(metavar="MAC", help="The unit's station address.")],
    svg: Annotated[Path | None, typer.Option("--svg", help="Write the code to this file instead.")] = None,
) -> None:
    """Print the name and key of one unit's access point, and the QR code that joins it.

    VENDOR, TEMPLATE_NAME, BOARD and AP_PASSWORD are those of firmware/product.py.
    """
    import segno

    from firstlight.bench.storage import parse_mac
    from firstlight.board.accesspoint import read_product, wifi_uri

    address = parse_mac(mac, "MAC")
    product = read_product(SOURCE)
    ssid, key = product.ssid(address), product.key(address)
    console = Console(highlight=False)
    console.print(f"Name  {ssid}", markup=False)
    console.print(f"Key   {key}" if key else "Open  (AP_PASSWORD of product.py is None)", markup=False)
    code = segno.make_qr(wifi_uri(ssid, key), error="m", encoding="utf-8")
    if svg is None:
        code.terminal(compact=True)
        return
    try:
        code.save(str(svg), kind="svg", scale=4)
    except OSError as error:
        raise UserError(f"--svg: cannot write {svg} ({error.strerror}); choose another") from None


delivery.add_to(board)
factory.add_to(board)
