"""One unit of a run: its folder with label and record, and whether all of it is there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from firstlight.board.accesspoint import Product
from firstlight.board.label import KINDS, kinds, label, write
from firstlight.board.record import store_in_folder
from firstlight.board.settings import Settings
from firstlight.errors import UserError

_DONE = "done"  # the file with the mark, which is written last
_RECORD = "record"
_FILES = (*(f"label{kind}" for kind in KINDS), f"{_RECORD}/journal.a", f"{_RECORD}/journal.b")


@dataclass(frozen=True)
class Unit:
    """What a unit is to get, and the folder that gets it. Without a token it gets a label only."""

    folder: Path
    mac: bytes
    claim: str
    product: Product
    settings: Settings

    @property
    def done(self) -> bool:
        """Whether the folder has all of it, for the same line and product, as it was made."""
        return _content(self.folder / _DONE) == self._mark()

    def make(self) -> None:
        """Make it anew. Raises UserError, and OSError where the folder cannot be written."""
        drawing = label(self.product, self.mac, self.claim or None)  # first: it may refuse
        record = self.folder / _RECORD
        if not self.settings.token and record.exists():
            raise UserError(f"token: is empty, and there is a record of an earlier run; remove {self.folder}")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / _DONE).unlink(missing_ok=True)
        if self.settings.token:
            store_in_folder(record, self.settings)
        for kind in KINDS:
            path = self.folder / f"label{kind}"
            if kind in kinds(self.product):
                write(drawing, path)
            else:
                path.unlink(missing_ok=True)
        (self.folder / _DONE).write_bytes(self._mark())

    def _mark(self) -> bytes:
        """The same for the same unit and files. A digest: no token or password is to be read from it."""
        settings = self.settings.fields() if self.settings.token else self.settings.server
        everything = [self.mac.hex(), self.claim, repr(self.product), settings]
        digest = hashlib.sha256(json.dumps(everything).encode())
        for name in _FILES:
            content = _content(self.folder / name)
            digest.update(b"-" if content is None else hashlib.sha256(content).digest())
        return digest.hexdigest().encode()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
