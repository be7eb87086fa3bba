"""The command line: `firstlight …`. Each command lives beside the code that it runs."""

from __future__ import annotations

import sys

import typer

from firstlight.bench.command import device
from firstlight.board.command import board
from firstlight.cloud.command import cloud
from firstlight.errors import UserError
from firstlight.home.command import demo, run
from firstlight.provision import provision

app = typer.Typer(
    name="firstlight",
    help="From unboxed to online: virtual devices, a provisioning cloud, and what a phone app does.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(board, name="board")
for command in (device, cloud, provision, demo, run):
    app.command()(command)


def main() -> None:
    """Run one command. Exit status 2 and one line on standard error for a user's mistake."""
    try:
        app()
    except UserError as error:
        print(f"firstlight: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
