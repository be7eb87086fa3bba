"""A tree of files as a ROMFS image: MicroPython runs .mpy files where they lie in flash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from mpremote.romfs import VfsRomWriter
from rich.console import Console

from firstlight.bench.storage import ROMFS
from firstlight.board.build import ROOT, build, needs_small
from firstlight.board.small import Small
from firstlight.board.sources import writing
from firstlight.errors import UserError

OUTPUT = ROOT / "build" / "romfs"
IMAGE = "firmware.romfs"
DISK = "disk"  # the folder of what MicroPython looks for on the file system only
_ON_DISK = ("boot.py", "main.py")


def pack(tree: Path, within: str = "") -> bytes:
    """The image of everything below `tree`; the same files give the same bytes.

    within: the folder of the image that it goes to. Raises UserError for a file name that is not ASCII, which
    the format cannot hold.
    """
    writer = VfsRomWriter()
    if within:
        writer.opendir(within)
    _add(writer, tree)
    if within:
        writer.closedir()
    return bytes(writer.finalise())


def _add(writer: VfsRomWriter, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if not path.name.isascii():
            raise UserError(f"{path}: a ROMFS image takes names in ASCII only")
        if path.is_dir():
            writer.opendir(path.name)
            _add(writer, path)
            writer.closedir()
        else:
            writer.mkfile(path.name, path.read_bytes())


def write(
    board: str | None = None,
    *,
    brand: Path | None = None,
    languages: Sequence[str] = (),
    output: Path = OUTPUT,
    settings: Mapping[str, object] | None = None,
) -> Path:
    """Build the firmware, write its image and, beside it, what goes onto the file system; return the folder.

    board, brand, languages, settings: as `build` takes them. Raises UserError as it does, and when the image
    is larger than an ESP8266 has room for.
    """
    tree = build(
        board,
        brand=brand,
        languages=languages,
        output=output.with_name(output.name + "-tree"),
        small=Small(settings or {}) if needs_small(board) else None,
    )
    image = pack(tree / "fw", "fw")
    if len(image) > ROMFS:
        raise UserError(f"the image has {len(image):,} bytes, and a ROMFS {ROMFS:,}: name the --board")
    files = {IMAGE: image, **{f"{DISK}/{name}": (tree / name).read_bytes() for name in _ON_DISK}}
    with writing(output):
        (output / DISK).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            new = output / (name + ".new")
            new.write_bytes(content)
            new.replace(output / name)
    return output


def files(folder: Path) -> dict[str, bytes]:
    """What the image in a folder of `write` was packed from, by path."""
    tree = folder.with_name(folder.name + "-tree")
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*.mpy")}


def romfs_command(
    name: Annotated[
        str | None, typer.Option("--board", help="Include only this board's module (default: all).")
    ] = None,
    brand: Annotated[
        Path | None, typer.Option("--brand", help="The brand's folder (see docs/brand.md).")
    ] = None,
    languages: Annotated[
        str, typer.Option("--languages", help="Those of the page, the default first: en,de (default: all).")
    ] = "",
) -> None:
    """Write the firmware as a ROMFS image, which runs in place: the way onto an ESP8266.

    `mpremote romfs deploy` takes the image; what is in the folder `disk` beside it goes to `/`.
    """
    codes = [code.strip() for code in languages.split(",") if code.strip()]
    folder = write(name, brand=brand, languages=codes)
    size = (folder / IMAGE).stat().st_size
    Console(highlight=False).print(
        f"{(folder / IMAGE).relative_to(ROOT)}: {size:,} bytes; what is in {DISK} beside it goes to /",
        soft_wrap=True,
    )
