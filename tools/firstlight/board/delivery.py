"""`firstlight board deploy`, `doctor` and their like: commands that talk to a board on a port."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from firstlight.bench import boards
from firstlight.board import manifest, romfs
from firstlight.board.build import DEPLOYED, OUTPUT, build, codes, names_file, needs_small
from firstlight.board.says import plain
from firstlight.errors import UserError

Port = Annotated[
    str, typer.Argument(metavar="PORT", help="The board's serial port, /dev/ttyUSB0 for example.")
]
BoardName = Annotated[
    str | None, typer.Option("--board", help="A module of firmware/boards (default: product.py's).")
]
Tree = Annotated[
    Path | None, typer.Option("--tree", help="A tree that was built before, in place of a new one.")
]


def deploy_command(
    port: Port,
    name: BoardName = None,
    tree: Tree = None,
    brand: Annotated[Path | None, typer.Option("--brand", help="As of `board build`.")] = None,
    languages: Annotated[str, typer.Option("--languages", help="As of `board build`.")] = "",
    seconds: Annotated[float, typer.Option(help="How long the firmware may take to come up.", min=1)] = 60,
) -> None:
    """Put the firmware onto a board, changed files only, and follow its log until it is up.

    Cut at any moment, the board starts with the old firmware or the new, never with half of each.
    """
    if tree and (brand or languages):
        raise UserError("--tree: is built already; give --brand and --languages to `firstlight board build`")
    if tree and manifest.is_small(tree):
        raise UserError(
            f"--tree: {tree} is for an ESP8266, which runs it from ROMFS only; leave --tree out, and name "
            "the --board"
        )
    target = board_of(name) if tree is None else manifest.board_of(tree, name)
    if tree is None and needs_small(target.name):
        folder = romfs.write(target.name, brand=brand, languages=codes(languages))
        return deploy_rom(port, target, folder, seconds)
    if tree is None:
        tree = build(target.name, brand=brand, languages=codes(languages), output=OUTPUT)
    deploy_tree(port, tree, target, seconds)


def deploy_tree(port: str, tree: Path, target: boards.Board | None, seconds: float) -> None:
    """Deploy and follow. target: None where it is not known what the tree was built for."""
    from firstlight.board import abi, facts
    from firstlight.board.deploy import deploy, explain, read_tree
    from firstlight.board.follow import follow
    from firstlight.board.transport import Board, DeviceError

    console = plain()
    files = read_tree(tree)
    with Board(port) as board, _progress(console) as progress:
        told = facts.ask(board)
        abi.check_board(told.version, told.mpy, files, port)
        if target:
            facts.check_chip(told, target.name, target.chip, port)
        bar = progress.add_task("sending", total=None)
        try:
            done = deploy(board, files, lambda sent, size: progress.update(bar, completed=sent, total=size))
        except DeviceError as error:
            raise explain(error, port) from None
        progress.stop()
        console.print(
            f"{done.sent} files sent, {done.size:,} bytes; {done.copied} copied on the board, "
            f"{done.same} unchanged"
        )
        state = follow(board, seconds, lambda line: console.print(line))
    console.print(f"{port}: the firmware is up, state {state}")


def deploy_rom(port: str, target: boards.Board, folder: Path, seconds: float) -> None:
    """Write the image in this folder (`board romfs`) and what belongs to it on the file system; follow."""
    from firstlight.board import abi, facts, romwrite
    from firstlight.board.deploy import deploy, read_tree
    from firstlight.board.device import LIVE
    from firstlight.board.follow import follow
    from firstlight.board.told import Told
    from firstlight.board.transport import Board

    console = plain()
    with Board(port) as board, _progress(console) as progress:
        told = facts.ask(board)
        abi.check_board(told.version, told.mpy, romfs.files(folder), port)
        facts.check_chip(told, target.name, target.chip, port)
        image = (folder / romfs.IMAGE).read_bytes()
        bar = progress.add_task("sending", total=len(image))
        sent = romwrite.write(board, image, lambda done: progress.update(bar, completed=done))
        deploy(board, read_tree(folder / romfs.DISK), lambda done, size: None)
        board.run(f"fl_remove({LIVE!r})")  # of an earlier build: it would come first
        progress.stop()
        console.print(f"{sent:,} bytes written to ROMFS" if sent else "ROMFS is unchanged")
        names = Told(names_file(folder.with_name(folder.name + "-tree")))
        state = follow(board, seconds, lambda line: console.print(names.line(line)))
    console.print(f"{port}: the firmware is up, state {state}")


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def flash_command(
    port: Port,
    image: Annotated[Path, typer.Option("--image", help="MicroPython's .bin for the board's chip.")],
    name: BoardName = None,
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase all flash first, stored credentials too.")
    ] = False,
    deploy: Annotated[bool, typer.Option("--deploy/--no-deploy", help="Then deploy the firmware.")] = True,
) -> None:
    """Write MicroPython onto a board with esptool, and then the firmware."""
    from firstlight.board.flash import flash

    target = board_of(name)
    flash(port, image, target, erase)
    if deploy:
        deploy_command(port, target.name)


def doctor_command(port: Port, name: BoardName = None) -> int:
    """Tell what is on a port, and whether the firmware fits there: exit status 1 if not."""
    from firstlight.board import facts, romwrite
    from firstlight.board.deploy import read_tree
    from firstlight.board.doctor import Rom, examine, fits, screen
    from firstlight.board.transport import Board

    target = board_of(name)
    small = needs_small(target.name)
    image = b""
    if small:
        folder = romfs.write(target.name, output=DEPLOYED.with_name(DEPLOYED.name + "-romfs"))
        files, image = read_tree(folder / romfs.DISK), (folder / romfs.IMAGE).read_bytes()
    else:
        files = read_tree(build(target.name, output=DEPLOYED))
    with Board(port) as board:
        size = romwrite.room(board) if small else 0
        rom = Rom(size, len(image), romwrite.found(board) if size else "nothing") if small else None
        findings = examine(facts.ask(board), files, target.chip, rom)
    Console(highlight=False).print(screen(findings))
    return 0 if fits(findings) else 1


def board_of(name: str | None) -> boards.Board:
    """The board of this name; None is product.py's. Raises UserError."""
    return boards.board(name) if name else boards.products()


def add_to(board: typer.Typer) -> None:
    """Add these commands to `firstlight board`."""
    board.command("flash")(flash_command)
    board.command("deploy")(deploy_command)
    board.command("doctor")(doctor_command)
