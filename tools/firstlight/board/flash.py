"""Writes MicroPython itself onto a board, with esptool. What is written, and where to, is checked before."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from firstlight.bench.boards import Board
from firstlight.board.transport import usable
from firstlight.errors import UserError

_BAUD = 460800
_MAGIC = 0xE9  # the first byte of every image
_ESP8266_CODE = 0x401  # the upper bits of the address that an ESP8266's first segment is loaded to
_CHIPS = ("esp32", "esp32s2", "esp32s3", "esp32c3", "esp32c5", "esp32c6")


def check_image(image: Path, target: Board) -> None:
    """Raise UserError when this is no image of MicroPython for the board's chip."""
    try:
        with open(image, "rb") as file:
            header = file.read(24)
    except OSError as error:
        raise UserError(
            f"--image: cannot read {image} ({error.strerror}); give a .bin of MicroPython"
        ) from None
    if len(header) < 24 or header[0] != _MAGIC:
        raise UserError(
            f"--image: {image} is no image for these chips; give a .bin from micropython.org/download"
        )
    chip = image_chip(header)
    if chip != target.chip:
        raise UserError(
            f"--image: {image} is for an {chip or 'unknown chip'}, and {target.name} has an {target.chip}"
        )


def image_chip(header: bytes) -> str | None:
    """The chip that an image with this beginning (24 bytes) is for; None for one that we do not know."""
    from esptool.targets import CHIP_DEFS

    if int.from_bytes(header[8:12], "little") >> 20 == _ESP8266_CODE:
        return "esp8266"
    number = int.from_bytes(header[12:14], "little")
    return next((chip for chip in _CHIPS if number == CHIP_DEFS[chip].IMAGE_CHIP_ID), None)


def chip_on(port: str) -> str:
    """The chip on a port, after putting it into its bootloader. Raises UserError when none answers."""
    from esptool import FatalError
    from esptool.cmds import detect_chip

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            loader = detect_chip(port, connect_attempts=3)
            try:
                return loader.CHIP_NAME.lower().replace("-", "")
            finally:
                loader._port.close()
    except (FatalError, OSError):
        raise UserError(
            f"{port}: no bootloader answers; hold the board's BOOT button while you press its reset button"
        ) from None


def arguments(port: str, image: Path, chip: str, erase: bool) -> list[str]:
    """What esptool is called with. erase: all of the flash first, with what the board has stored."""
    from esptool.targets import CHIP_DEFS

    offset = CHIP_DEFS[chip].BOOTLOADER_FLASH_OFFSET
    words = ["--chip", chip, "--port", port, "--baud", str(_BAUD), "write-flash"]
    if chip == "esp8266":
        words += ["--flash-size", "detect"]  # where its file system begins depends on it
    return [*words, *(["--erase-all"] if erase else []), hex(offset), str(image)]


def flash(port: str, image: Path, target: Board, erase: bool, detect: Callable[[str], str] = chip_on) -> None:
    """Write the image. detect: tells the chip on a port. Raises UserError before anything is written, or when
    esptool fails, which then has said why.
    """
    check_image(image, target)
    usable(port)
    chip = detect(port)
    if chip != target.chip:
        raise UserError(f"{port}: an {chip}, and {target.name} has an {target.chip}; choose another --board")
    done = subprocess.run([sys.executable, "-m", "esptool", *arguments(port, image, chip, erase)])
    if done.returncode:
        raise UserError(f"{port}: esptool could not write {image}; see above, and try again")
