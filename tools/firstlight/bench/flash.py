"""A device's flash chip: one file, a littlefs in it, and the firmware on that."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from littlefs import LittleFS, LittleFSError, UserContext

from firstlight.errors import UserError

_BLOCK = 4096
_BLOCKS = {"esp8266": 763, "esp8266 with ROMFS": 251}  # PORT-BEHAVIOUR 4, size
_BLOCKS_ESP32 = 512
_DISK_VERSION = 0x00020001  # MicroPython's littlefs raises an older one to this at its first write


def flash_firmware(image: Path, chip: str, firmware: Path) -> int:
    """Bring the firmware files in a flash image up to date, as flashing a board does.

    image: created, formatted, when it is not there. Files in it that are not firmware are never touched. The
    list beside it (`.files`) remembers what was written, so that files which the firmware dropped go away.
    firmware: a tree that is copied to `/`.
    Returns how many files changed. Raises UserError when the image is damaged, full, or another board's.
    """
    wanted = {path.relative_to(firmware).as_posix(): path for path in firmware.rglob("*") if path.is_file()}
    blocks = _BLOCKS.get(chip, _BLOCKS_ESP32)
    listing = image.with_suffix(".files")
    before = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
    try:
        filesystem, context = _open(image, blocks)
        changed = sum(_put(filesystem, name, path.read_bytes()) for name, path in wanted.items())
        changed += sum(_drop(filesystem, name) for name in before if name not in wanted)
        filesystem.unmount()
    except LittleFSError as error:
        raise UserError(f"{image}: {error}; remove the file to start with an empty flash") from None
    if changed or not image.exists():
        _replace(image, bytes(context.buffer))
    _replace(listing, "".join(f"{name}\n" for name in sorted(wanted)).encode())
    return changed


def read_file(image: Path, chip: str, name: str) -> bytes | None:
    """The content of a file in a flash image of this chip, None when it is not there.

    Only while the device has no power. Raises UserError when the image is damaged or another board's.
    """
    try:
        filesystem, _ = _open(image, _BLOCKS.get(chip, _BLOCKS_ESP32))
        with filesystem.open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except LittleFSError as error:
        raise UserError(f"{image}: {error}") from None


def _open(image: Path, blocks: int) -> tuple[LittleFS, UserContext]:
    context = UserContext(_BLOCK * blocks)
    fresh = not image.exists()
    if not fresh:
        content = image.read_bytes()
        if len(content) != _BLOCK * blocks:
            raise UserError(f"{image} is the flash of another board; use another --dir for this one")
        context.buffer[:] = content
    filesystem = LittleFS(
        context,
        mount=False,
        block_size=_BLOCK,
        block_count=blocks,
        read_size=32,
        prog_size=32,
        cache_size=128,
        lookahead_size=32,
        disk_version=_DISK_VERSION,
    )
    if fresh:
        filesystem.format()
    filesystem.mount()
    return filesystem, context


def _put(filesystem: LittleFS, name: str, content: bytes) -> int:
    try:
        with filesystem.open(name, "rb") as file:
            if file.read() == content:
                return 0
    except FileNotFoundError:
        filesystem.makedirs(str(PurePosixPath("/", name).parent), exist_ok=True)
    with filesystem.open(name, "wb") as file:
        file.write(content)
    return 1


def _drop(filesystem: LittleFS, name: str) -> int:
    try:
        filesystem.remove(name)
    except FileNotFoundError:
        return 0
    return 1


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    os.replace(new, path)
