"""What a built tree consists of: a manifest for people and factories, and a package for mip."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from firstlight.bench import boards
from firstlight.board import abi
from firstlight.board.sources import writing
from firstlight.errors import UserError

MANIFEST, PACKAGE = "manifest.json", "package.json"


def publish(tree: Path, board: boards.Board | None, version: str, micropython: str | None) -> None:
    """Write `manifest.json` and `package.json` beside the tree; they are not for the board.

    board: None for a tree with every board. version: the firmware's. micropython: the release it was built
    for, None for any that loads the .mpy version told.
    """
    files = {
        path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()
    }
    releases = abi.releases(is_small(tree))
    manifest = {
        "tree": tree.name,
        "firmware": version,
        "board": board and board.name,
        "chip": board and board.chip,
        "micropython": micropython or f"{releases[0]} to {releases[-1]}",
        "mpy": abi.compiler(),
        "size": sum(map(len, files.values())),
        "files": {
            name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        },
    }
    _write(tree.with_name(MANIFEST), manifest)
    # main.py last: without it a board does not start what is only half there.
    names = sorted(files, key=lambda name: (name == "main.py", name))
    urls = [[name, f"{tree.name}/{name}"] for name in names]
    _write(tree.with_name(PACKAGE), {"urls": urls, "deps": [], "version": version})


def board_of(tree: Path, name: str | None) -> boards.Board | None:
    """The board that a tree was built for, by the manifest beside it; `name` is what the user says it is.

    None where neither tells. Raises UserError where they differ.
    """
    try:
        told = json.loads(tree.with_name(MANIFEST).read_text(encoding="utf-8"))
        built = told["board"] if told["tree"] == tree.name else None
    except (OSError, ValueError, KeyError, TypeError):
        built = None
    if name and built and name != built:
        raise UserError(f"--board: {tree} was built for {built}, not for {name}; build it anew")
    return boards.board(name or built) if name or built else None


def is_small(tree: Path) -> bool:
    """Whether this is the one program of an ESP8266, by its files: it has none of the firmware's folders."""
    return (tree / "fw" / "main.mpy").exists() and not (tree / "fw" / "core").exists()


def _write(path: Path, content: dict) -> None:
    with writing(path):
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
