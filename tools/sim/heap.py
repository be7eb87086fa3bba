"""Leaves the firmware the heap of a chip, whatever the stand-ins take of this one."""

import gc

import link
import uctypes


class Names:
    """What fills MicroPython's pool of names."""


def leave_names(count):
    """Make room for `count` names, and for no more: the pools double, the next is the firmware's to pay."""
    pool = number = 0
    before = gc.mem_alloc()
    while pool == 0 or number < pool:
        setattr(Names, "name%d" % number, None)
        delattr(Names, "name%d" % number)
        taken = gc.mem_alloc() - before
        before += taken
        number += 1
        if pool == 0 and taken > 2000:
            number, pool = 1, (640 if taken < 7000 else 1280) - count
    gc.collect()


def limit(room, names, threshold):
    """Leave the firmware as much free heap as it would find on a chip. The caller keeps what is returned.

    The holes between the stand-ins are filled first, so that what is left is in one piece, as there.
    """
    leave_names(names)
    gc.threshold(threshold)  # PORT-BEHAVIOUR 4, heap
    link.send({"do": "room", "taken": gc.mem_alloc(), "left": room})
    ballast = []
    for size in (64, 256, 1024):
        top = end_of_heap()
        while gc.mem_free() - room > size + 64:
            ballast.append(bytearray(size))
            if uctypes.addressof(ballast[-1]) > top:
                break
    for _ in range(3):  # what the stack still points to counts as taken
        gc.collect()
        more = gc.mem_free() - room - 48
        if more > 0:
            ballast.append(bytearray(more))
    return ballast


def end_of_heap():
    """Where what is in use ends, nearly."""
    gc.collect()
    return uctypes.addressof(bytearray(2048))
