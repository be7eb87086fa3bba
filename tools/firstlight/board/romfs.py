"""A tree of files as a ROMFS image: MicroPython runs .mpy files where they lie in flash."""

from __future__ import annotations

from pathlib import Path

from mpremote.romfs import VfsRomWriter

from firstlight.errors import UserError


def pack(tree: Path) -> bytes:
    """The image of everything below `tree`; the same files give the same bytes.

    Raises UserError for a file name that is not ASCII, which the format cannot hold.
    """
    writer = VfsRomWriter()
    _add(writer, tree)
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
