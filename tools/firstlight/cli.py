"""The command line: `firstlight …`. Each command lives beside the code that it runs."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from firstlight.bench.command import device
from firstlight.board.command import board
from firstlight.cloud.command import cloud
from firstlight.errors import UserError
from firstlight.home.command import demo, run
from firstlight.provision import provision

app = typer.Typer(
    name="firstlight",
    help="From unboxed to online: virtual devices, a provisioning cloud, and what a phone app does.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(board, name="board")
for command in (device, cloud, provision, demo, run):
    app.command()(command)


def main() -> None:
    """Run one command. Exit status 2 and one line on standard error for a user's mistake."""
    try:
        status = app(standalone_mode=False)
    except (UserError, TyperException) as error:
        print(f"firstlight: {_line(error)}", file=sys.stderr)
        status = 2
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    sys.exit(status if isinstance(status, int) else 0)


def _line(error: UserError | TyperException) -> str:
    """The message; where the command line itself is wrong, with the way to its help."""
    if isinstance(error, UserError):
        return str(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "firstlight"
    return f"{error.format_message().rstrip('.')}; see `{path} --help`"
