"""A ROMFS image as a board sees it: at an address, outside the heap where that is possible."""

import sys

import uctypes


def mountable(path):
    """The image in a partition, None where it holds none, as the port finds it at its start."""
    with open(path, "rb") as file:
        return memory(path) if file.read(3) == b"\xd2\xcd\x31" else None


def memory(path):
    """The image as a buffer. Mapped from the file where there is `ffi`; elsewhere it is in the heap."""
    with open(path, "rb") as file:
        try:
            import ffi
        except ImportError:
            return file.read()
        size = file.seek(0, 2)
        read, private = 1, 2
        mmap = ffi.open(None).func("P", "mmap", "pLiiil")
        address = mmap(None, size, read, private, file.fileno(), 0)
    if address == (1 << (64 if sys.maxsize > 1 << 31 else 32)) - 1:
        raise OSError("mmap")
    return uctypes.bytearray_at(address, size)
