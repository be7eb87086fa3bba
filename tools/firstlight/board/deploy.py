"""Puts a firmware tree onto a board so that it never starts from half of it.

The new tree is gathered beside the one that runs: what changed is sent, what did not is copied on the board.
Only when every byte of it was read back and is right does it change places with the old one, by renames.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from firstlight.board.device import LIVE, NEW, OLD, PART, STARTERS, SWITCH, TOOLS
from firstlight.board.transport import PIECE, Board, DeviceError
from firstlight.errors import UserError

_COPIES = 8  # files a call, so that the call itself stays short


@dataclass(frozen=True)
class Deployment:
    """What was done: files and bytes sent, files copied on the board, files that were right already."""

    sent: int
    size: int
    copied: int
    same: int


@dataclass(frozen=True)
class _Plan:
    send: dict[str, bytes]  # path on the board -> content
    copy: list[tuple[str, str]]
    drop: list[str]
    folders: list[str]
    expected: dict[str, str]  # path -> hash of what must lie there before the switch


def read_tree(tree: Path) -> dict[str, bytes]:
    """The files of a built tree by their path on the board. Raises UserError when it is none."""
    files = {
        f"/{path.relative_to(tree).as_posix()}": path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file()
    }
    if not files.keys() >= set(STARTERS):
        raise UserError(
            f"{tree}: is no firmware tree, boot.py or main.py is missing; `firstlight board build` makes one"
        )
    strange = [name for name in files if name not in STARTERS and not name.startswith(f"{LIVE}/")]
    if strange:
        raise UserError(f"{tree}: only boot.py, main.py and fw/ are deployed, not {strange[0]}; remove it")
    return files


def deploy(board: Board, files: dict[str, bytes], progress: Callable[[int, int], None]) -> Deployment:
    """Bring the board to these files. progress: called with the bytes sent so far, and in all.

    Interrupted at any moment, by Ctrl-C or a lost cable, the board starts with the old files or the new; the
    next deployment goes on where this one stopped. Raises UserError when the board is full, or has gone.
    """
    board.run(TOOLS)
    found = _tidied(board)
    plan = _plan(files, found)
    _check_room(board, plan)
    _stage(board, plan, progress)
    if plan.expected:
        _verify(board, plan)
        board.run(SWITCH + "fl_switch()\n")
    board.run(f"fl_remove({OLD!r})")
    return Deployment(
        sent=len(plan.send),
        size=sum(map(len, plan.send.values())),
        copied=len(plan.copy),
        same=len(files) - len(plan.send) - len(plan.copy),
    )


def _tidied(board: Board) -> dict[str, str]:
    """What lies on the board, path -> hash ("-": a folder), after the rests of a deployment that was cut."""
    board.run(f"fl_remove({OLD!r})")
    if board.value(f"{NEW[1:]!r} in os.listdir('/')"):  # whole, but not in force: a part of what comes now
        board.run(f"fl_remove({PART!r})")
        board.run(f"os.rename({NEW!r}, {PART!r})")
    return listing(board, LIVE, PART, *STARTERS, *(f"{path}.new" for path in STARTERS))


def listing(board: Board, *paths: str) -> dict[str, str]:
    """What lies there, path -> hash ("-": a folder), after TOOLS."""
    found = {}
    for line in board.run(f"fl_list({', '.join(map(repr, paths))})"):
        digest, _, path = line.partition(" ")
        found[path] = digest
    return found


def _plan(files: dict[str, bytes], found: dict[str, str]) -> _Plan:
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    firmware = {path: digest for path, digest in digests.items() if path not in STARTERS}
    live = {path: digest for path, digest in found.items() if path.startswith(f"{LIVE}/") and digest != "-"}
    send, copy, expected, folders = {}, [], {}, set()
    if firmware != live:
        for path, digest in firmware.items():
            place = PART + path.removeprefix(LIVE)
            expected[place] = digest
            folders |= {str(parent) for parent in PurePosixPath(place).parents if str(parent) != "/"}
            if found.get(place) == digest:
                continue
            if live.get(path) == digest:
                copy.append((path, place))
            else:
                send[place] = files[path]
    for path in STARTERS:
        if found.get(path) != digests[path]:
            expected[f"{path}.new"] = digests[path]
            if found.get(f"{path}.new") != digests[path]:
                send[f"{path}.new"] = files[path]
    rests = [path for path in found if path.startswith(PART) or path.removesuffix(".new") in STARTERS]
    drop = [path for path in rests if path not in {*expected, *folders, *STARTERS}]
    return _Plan(send, copy, drop, sorted(folders), expected)


def _check_room(board: Board, plan: _Plan) -> None:
    """Refuse before anything is written."""
    block, free = board.value("(lambda s: (s[0], s[0] * s[4]))(os.statvfs('/'))")
    sizes = [len(content) for content in plan.send.values()]
    sizes += board.value(f"[os.stat(p)[6] for p in {[old for old, _ in plan.copy]!r}]") if plan.copy else []
    needed = sum(-(-size // block) * block for size in sizes) + 2 * block * len(plan.folders)
    if needed > free:
        raise UserError(
            f"{board.port}: the new firmware needs {needed // 1024} KB beside the old one, and "
            f"{free // 1024} KB are free; remove files from the board"
        )


def _stage(board: Board, plan: _Plan, progress: Callable[[int, int], None]) -> None:
    for path in plan.drop:
        board.run(f"fl_remove({path!r})")
    if plan.folders:
        board.run(f"fl_folder(*{plan.folders!r})")
    for at in range(0, len(plan.copy), _COPIES):
        board.run(f"fl_copy({plan.copy[at : at + _COPIES]!r})")
    total = sum(map(len, plan.send.values()))
    done = 0
    progress(0, total)
    for path, content in plan.send.items():
        for size in send(board, path, content):
            done += size
            progress(done, total)


def send(board: Board, path: str, content: bytes) -> Iterator[int]:
    """Write one file, after TOOLS. Yields the size of each piece that is there."""
    board.run(f"f = open({path!r}, 'wb')")
    for at in range(0, len(content), PIECE):
        piece = content[at : at + PIECE]
        board.run(f"_ = f.write(a2b_base64({b64encode(piece).decode()!r}))")
        yield len(piece)
    board.run("f.close()")


def _verify(board: Board, plan: _Plan) -> None:
    written = listing(board, PART, *(f"{path}.new" for path in STARTERS))
    written = {path: digest for path, digest in written.items() if digest != "-"}
    _compare(board, plan.expected, written, "deploy")


def _compare(board: Board, expected: dict[str, str], written: dict[str, str], what: str) -> None:
    """what: to do again where they differ."""
    if written != expected:
        wrong = sorted(path for path in expected if written.get(path) != expected[path])
        raise UserError(
            f"{board.port}: {(wrong or sorted(written))[0]} reads back wrong; {what} again, and if that "
            "does not help, the board's flash is worn out"
        )


def replace(board: Board, files: dict[str, bytes]) -> None:
    """Put these files in the place of those on the board, once each is there whole: one rename each.

    Raises UserError when one reads back wrong.
    """
    board.run(TOOLS + SWITCH)
    expected = {f"{path}.new": hashlib.sha256(content).hexdigest() for path, content in files.items()}
    for path, content in files.items():
        for _ in send(board, f"{path}.new", content):
            pass
    _compare(board, expected, listing(board, *expected), "try")
    for path in files:
        board.run(f"fl_move({path + '.new'!r}, {path!r})")
    board.run("if hasattr(os, 'sync'):\n os.sync()")


def explain(error: DeviceError, port: str) -> UserError:
    """What a board that failed to store says, as one line with a remedy."""
    if "ENOSPC" in str(error) or ": 28" in str(error):
        return UserError(f"{port}: the board's file system is full; remove files from it")
    if error.kind == "MemoryError":
        return UserError(
            f"{port}: the board has too little free memory; press its reset button and deploy again"
        )
    return UserError(f"{port}: {error}")
