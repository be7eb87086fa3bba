"""`firstlight board provision-static`, `label` and `batch`: what a factory does to each unit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from firstlight.bench import boards
from firstlight.board.build import SOURCE
from firstlight.board.says import plain
from firstlight.errors import UserError

BoardName = Annotated[
    str | None, typer.Option("--board", help="A module of firmware/boards (default: product.py's).")
]
Server = Annotated[
    str, typer.Option("--server", help="Host name or mqtt:// URL (default: product.py's SERVER).")
]
Networks = Annotated[Path | None, typer.Option("--networks", help="A TOML file of Wi-Fi networks to know.")]


def provision_static_command(
    place: Annotated[str, typer.Argument(metavar="PORT|DIR", help="A board's port; or a folder for `/`.")],
    token_file: Annotated[
        str | None, typer.Option("--token-file", help="A file with the unit's token; - is standard input.")
    ] = None,
    server: Server = "",
    networks: Networks = None,
    token: Annotated[str | None, typer.Option("--token", hidden=True)] = None,
) -> None:
    """Write a verified record, so that the unit goes online without a phone.

    Without --networks it opens its access point, and asks for the network only.
    """
    from firstlight.board.record import store_in_folder, store_on_board
    from firstlight.board.settings import Settings, read_networks, read_token

    if token is not None:
        raise UserError(
            "--token: every user of this machine can read it in the process list; use --token-file"
        )
    if token_file is None:
        raise UserError("--token-file: is needed; give a file, or - for standard input")
    settings = Settings(read_token(token_file), server, read_networks(networks))
    if Path(place).is_dir() or not _is_port(place):
        written = store_in_folder(Path(place), settings)
    else:
        store_on_board(place, settings)
        written = place
    count = len(settings.networks)
    with_networks = f"{count} network{'s' * (count > 1)}" if count else "no network: the unit asks for one"
    plain().print(f"{written}: verified record, {with_networks}")


def _is_port(place: str) -> bool:
    """All else is a folder to be made."""
    return (
        "://" in place
        or place.startswith("/dev/")
        or Path(place).is_char_device()
        or place.upper().startswith("COM")
    )


def label_command(
    mac: Annotated[str, typer.Argument(metavar="MAC", help="The unit's station address.")],
    output: Annotated[Path, typer.Option("--output", help="A file that ends in .svg or .pdf.")],
    claim: Annotated[
        str | None,
        typer.Option("--claim", help="What the claim code says, a link as a rule (default: none)."),
    ] = None,
    name: BoardName = None,
) -> None:
    """Draw a unit's label, 62 by 29 mm: name, the Wi-Fi code that joins it, the code that claims it."""
    from firstlight.bench.storage import parse_mac
    from firstlight.board.label import label, write

    address = parse_mac(mac, "MAC")
    product = product_on(name)
    write(label(product, address, claim), output)
    plain().print(f"{output}: {product.ssid(address)}")


def batch_command(
    units: Annotated[
        Path, typer.Argument(metavar="CSV", help="A line a unit: mac, and token, server, claim.")
    ],
    output: Annotated[Path, typer.Option("--output", help="A folder for labels, records and report.csv.")],
    server: Server = "",
    networks: Networks = None,
    name: BoardName = None,
) -> int:
    """Make the labels and records of a run of units; a second run does what is left.

    Exit status 1 if a line failed; report.csv tells why.
    """
    from firstlight.board.batch import read_units, run
    from firstlight.board.settings import read_networks

    console = plain()
    rows = read_units(units)
    results = run(rows, output, product_on(name), server, read_networks(networks))
    counts = {kind: sum(result.kind == kind for result in results) for kind in ("made", "kept", "failed")}
    for result in results:
        if result.kind == "failed":
            console.print(f"line {result.line}: {result.detail}", style="red")
    console.print(
        f"{output / 'report.csv'}: {counts['made']} made, {counts['kept']} were done, "
        f"{counts['failed']} failed"
    )
    return 1 if counts["failed"] else 0


def product_on(name: str | None):
    """What product.py says, on this board. Raises UserError."""
    from firstlight.board.accesspoint import read_product

    product = read_product(SOURCE)
    return dataclasses.replace(product, esp8266=boards.board(name).chip == "esp8266") if name else product


def add_to(board: typer.Typer) -> None:
    """Add these commands to `firstlight board`."""
    board.command("provision-static")(provision_static_command)
    board.command("label")(label_command)
    board.command("batch")(batch_command)
