"""Where the record lives: in files, or in an ESP32's NVS."""

import product
from storage.credentials import Credentials
from storage.journal import Journal


def stored(chip):
    """The credentials that this device has."""
    return Credentials(Journal(_slots(chip)))


def _slots(chip):
    if product.STORAGE == "file":
        from storage.journal import Files

        return Files()
    if product.STORAGE != "nvs" or chip == "esp8266":
        raise ValueError("product.STORAGE: 'file', or 'nvs' on an ESP32")
    from esp32 import NVS  # pyright: ignore[reportMissingImports]  the ESP8266 has none

    from storage.nvs import Nvs

    return Nvs(NVS("firstlight"))
