"""Where the record lives: in files, or in an ESP32's NVS."""

import product
from core.late import forget
from storage.credentials import Credentials


def stored(chip):
    """The credentials that this device has."""
    return Credentials(_Late(chip))


class _Late:
    """The journal, whose code is in memory only while it reads or writes."""

    def __init__(self, chip):
        self._chip = chip
        self.newer = False

    def load(self):
        journal = _journal(self._chip)
        fields = journal.load()
        self.newer = journal.newer
        return fields

    def __getattr__(self, name):
        """`save` and all that is called as seldom."""
        return getattr(_journal(self._chip), name)


def _journal(chip):
    from storage.journal import Journal

    try:
        return Journal(_slots(chip))
    finally:
        forget("storage.journal", "storage.files", "core.crc")


def _slots(chip):
    if product.STORAGE == "file":
        from storage.files import Files

        return Files()
    if product.STORAGE != "nvs" or chip == "esp8266":
        raise ValueError("product.STORAGE: 'file', or 'nvs' on an ESP32")
    from esp32 import NVS  # pyright: ignore[reportMissingImports]  the ESP8266 has none

    from storage.nvs import Nvs

    forget("storage.nvs")
    return Nvs(NVS("firstlight"))
