"""`esp32`: what a product may ask of it without hardware."""

import gc as _gc

from sim_nvs import NVS as NVS

HEAP_DATA = 4
HEAP_EXEC = 1


def idf_heap_info(_):
    """One region, as large as the heap that is left: [(total, free, largest, least ever)]."""
    free = _gc.mem_free()
    return [(free + _gc.mem_alloc(), free, free, free)]


def raw_temperature():
    return 128  # degrees Fahrenheit
