"""What runs on a virtual device: the tree on its flash, its ROMFS, and the heap of its MicroPython."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from firstlight.bench.boards import Board
from firstlight.bench.limits import NAMES, SMALL_NAMES, Limits
from firstlight.errors import UserError


class Software:
    """See VirtualDevice for what each of these means."""

    def __init__(
        self,
        board: Board,
        *,
        firmware: str | Path | None = None,
        romfs: Path | None = None,
        small: Path | None = None,
        overrides: Mapping[str, object] | None = None,
        heap: str | int | None = None,
        limits: int | Limits | None = None,
        partition: bool = False,
    ) -> None:
        """small: where a build for an ESP8266 goes, in the place of `firmware` and `romfs`.

        Raises UserError for what this board does not have.
        """
        if isinstance(limits, int) and board.is_esp32:
            raise UserError(f"--chip-limits: {board.name} is no ESP8266; choose its board with --board")
        if partition and board.is_esp32:
            raise UserError(f"--romfs: {board.name} is no ESP8266; choose its board with --board")
        self._board = board
        self._firmware = None if firmware is None else Path(firmware)
        self._romfs = romfs
        self._small = small
        self._overrides = overrides or {}
        self._limits = Limits(limits, SMALL_NAMES if small else NAMES) if isinstance(limits, int) else limits
        self.heap = heap
        self.partition = partition
        self.layout = board.chip + " with ROMFS" * partition

    @property
    def command(self) -> Sequence[str]:
        """What runs it; nothing: the usual interpreter."""
        return self._limits.command if self._limits else ()

    def built(self) -> Path:
        """The tree for its flash. Raises UserError when it does not compile."""
        if self._small:
            from firstlight.board import romfs

            folder = romfs.write(self._board.name, output=self._small, settings=self._overrides)
            self._romfs = folder / romfs.IMAGE
            return folder / romfs.DISK
        if self._firmware:
            return self._firmware
        from firstlight.board.build import build

        return build()

    def told(self) -> dict[str, object]:
        """What the stand-ins have to know of it."""
        overrides = {} if self._small else self._overrides  # a small build has them in it
        told: dict[str, object] = {"overrides": {name: repr(value) for name, value in overrides.items()}}
        if self._romfs:
            told["romfs"] = str(self._romfs.resolve())
        if self._limits:
            told["room"] = self._limits.room, self._limits.threshold
        return told
