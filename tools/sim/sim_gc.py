"""`gc` of an ESP32 without PSRAM: what is free is also what its heap may still become (record, "Heap")."""

import gc

_AT_BOOT = 157712

collect = gc.collect
disable = gc.disable
enable = gc.enable
isenabled = gc.isenabled
mem_alloc = gc.mem_alloc
threshold = gc.threshold


def mem_free():
    """The record's at most; the process has more, for its objects are larger."""
    return min(gc.mem_free(), _AT_BOOT)
