"""In the place of the firmware's console while its heap is measured."""

import builtins
import gc

_PIECE = 1008  # bytes, and 16 of its object's make 1 KB


def obey(line, agent):
    """heap: say what is free. shatter: leave no free piece of more than 1 KB."""
    if line == "shatter":
        shatter()
    gc.collect()
    print("probe:", line, gc.mem_free())


def shatter():
    gc.collect()
    pieces = [None] * (gc.mem_free() // _PIECE + 1)
    builtins.pieces = pieces
    try:
        for index in range(len(pieces)):
            pieces[index] = bytearray(_PIECE)
    except MemoryError:
        pass
    for index in range(0, len(pieces), 2):
        pieces[index] = None
