"""Modules that are in memory only while they are needed: an ESP8266 has no room for all at once."""

import sys

room = sys.platform != "esp8266"  # others keep what they have loaded, and are quicker the next time


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
