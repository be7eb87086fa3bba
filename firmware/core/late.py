"""Modules that are in memory only while they are needed, where there is no room for all at once."""

import gc
import sys

from micropython import const

_PSRAM = const(400000)  # bytes that no chip has free without

# Who has room keeps what it has loaded, and is quicker the next time. An ESP8266 has none. Nor has an ESP32
# without PSRAM: MicroPython's heap grows into the RAM that TLS and Wi-Fi need.
room = sys.platform != "esp8266" and gc.mem_free() > _PSRAM


def forget(*names):
    """Let go of these modules where memory is scarce."""
    if not room:
        drop(*names)


def drop(*names):
    """Let go of these modules: what nothing refers to is freed at the next collection."""
    for name in names:
        if sys.modules.pop(name, None):
            at = name.rfind(".")
            if at > 0:
                delattr(sys.modules[name[:at]], name[at + 1 :])


async def call(place, name, *args):
    """Await what this function of a module returns; the module is in memory only meanwhile."""
    try:
        return await getattr(__import__(place, None, None, (name,)), name)(*args)
    finally:
        forget(place)
