"""What a virtual device keeps in its directory: who it is, its flash, and that only one runs at a time."""

from __future__ import annotations

import fcntl
import json
import os
import random
import re
from pathlib import Path

from firstlight.errors import UserError

_PREFIX = bytes([0x24, 0x6F, 0x28])  # an address block of Espressif's


def is_mac(text: str) -> bool:
    """Whether it has the form of an address: six hex bytes with `:` or `-` between them, or nothing."""
    return bool(re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{12}", text))


def parse_mac(text: str, option: str = "--mac") -> bytes:
    """`24:6F:28:AB:CD:EF` or `246f28abcdef`, given to this option, as six bytes. Raises UserError."""
    if not is_mac(text):
        example = "24:6F:28:AB:CD:EF or 246f28abcdef"
        raise UserError(f"{option}: {text!r} is not six hex bytes, for example {example}")
    mac = bytes.fromhex(text.replace(":", "").replace("-", ""))
    if mac[0] & 1:
        raise UserError(f"{option}: {text!r} is a group address; its first byte must be even")
    return mac


ROMFS = 320 * 1024  # bytes, of FLASH_2M_ROMFS


class Storage:
    """The directory of one virtual device, locked for as long as it is open."""

    def __init__(self, directory: Path, mac: bytes | None) -> None:
        """Create and lock it. mac: None keeps the one that is there, or makes one up.

        Raises UserError when the directory cannot be written, or another device runs on it.
        """
        self.directory = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # its flash holds passwords
            self._lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise UserError(f"--dir: cannot use {directory} ({error.strerror}); choose another") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise UserError(f"--dir: another device is running on {directory}; give each its own") from None
        self._facts = self._load()
        if mac is None:
            mac = bytes.fromhex(self._facts.get("mac", "")) or _PREFIX + random.randbytes(3)
        self.mac = mac
        self.keep("mac", mac.hex())

    @property
    def told_mac(self) -> str:
        """The station's address, `24:6F:28:AB:CD:EF`."""
        return ":".join(f"{byte:02X}" for byte in self.mac)

    @property
    def image(self) -> Path:
        """The flash chip."""
        return self.directory / "flash.img"

    @property
    def partition(self) -> Path:
        """An ESP8266's partition for ROMFS (FLASH_2M_ROMFS), made where it is missing."""
        path = self.directory / "rom.img"
        if not path.exists():
            path.write_bytes(b"\xff" * ROMFS)
        return path

    def _load(self) -> dict:
        try:
            return json.loads((self.directory / "device.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def fact(self, name: str) -> object:
        """What was kept under this name, or None."""
        return self._facts.get(name)

    def keep(self, name: str, value: object) -> None:
        """Remember a JSON value beyond power cuts (what a chip has outside the file system)."""
        if self._facts.get(name) != value:
            self._facts[name] = value
            new = self.directory / "device.json.new"
            new.write_text(json.dumps(self._facts), encoding="utf-8")
            os.replace(new, self.directory / "device.json")

    def close(self) -> None:
        """Let another device use the directory."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
