"""A heap in pieces, and one that is full: what long-lived devices come to."""

import gc


class Full:
    """Takes every free piece of `least` bytes and more until `release`; `leave` gives some back first."""

    def __init__(self, least=32, leave=0):
        gc.collect()
        spare = bytearray(leave)
        self._chain = None
        size = 4096
        while size >= least:
            try:
                self._chain = [bytearray(size), self._chain]
            except MemoryError:
                size //= 2
        del spare
        gc.collect()

    def release(self):
        self._chain = None
        gc.collect()


def crumble(most):
    """Leave no free piece larger than `most` bytes, but many of them. What it returns must be kept."""
    gc.collect()
    wall = None
    try:
        while True:
            wall = [bytearray(most - 64), bytearray(most - 64), wall]
    except MemoryError:
        wall = wall[2]  # room for what follows
    full = Full(most)  # what is left between the walls
    each = wall
    while each:
        each[0] = None
        each = each[2]
    gc.collect()
    try:
        bytearray(most + 64)
        raise AssertionError("a piece of {} bytes was left".format(most))
    except MemoryError:
        pass
    assert gc.mem_free() > 200000, gc.mem_free()
    return wall, full
