"""Leaves the firmware the heap of a chip, whatever the stand-ins take of this one."""

import gc

import link
import uctypes

_PIECES = 1500
_POOL = 7000  # bytes, at least, of one with 1280 names or more


class Names:
    """What fills MicroPython's pools of names."""


def leave_names():
    """Begin a pool that the firmware's names all fit into. What its own would be is taken from its room."""
    number = taken = 0
    while taken < _POOL:
        before = gc.mem_alloc()
        setattr(Names, "name%d" % number, None)
        delattr(Names, "name%d" % number)
        taken = gc.mem_alloc() - before
        number += 1
    gc.collect()


def limit(room, threshold):
    """Leave the firmware as much free heap as it would find on a chip. The caller keeps what is returned.

    The holes between the stand-ins are filled first, so that what is left is in one piece, as there.
    """
    gc.collect()
    link.send({"do": "room", "taken": gc.mem_alloc(), "left": room})
    leave_names()
    gc.threshold(threshold)  # PORT-BEHAVIOUR 4, heap
    ballast = [None] * _PIECES  # at once: a list that grows leaves holes
    count = 0
    for size in (16, 64, 256, 1024):
        top = end_of_heap()
        while gc.mem_free() - room > size + 64 and count < _PIECES - 1:
            ballast[count] = piece = bytearray(size)
            count += 1
            gc.collect()  # the address was a large number, in the place of the next piece
            if uctypes.addressof(piece) > top:
                break
    return ballast


def trim(ballast, room):
    """Take the rest anew, in one piece: for `limit`, what the stack pointed to was still taken."""
    ballast[-1] = None
    gc.collect()
    ballast[-1] = bytearray(max(0, gc.mem_free() - room - 48))


def end_of_heap():
    """Where what is in use ends, nearly."""
    gc.collect()
    return uctypes.addressof(bytearray(2048))
