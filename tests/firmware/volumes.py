"""Flash in memory that counts, fails and loses power, and the places on it where the record can live."""

import sys

from vfs import VfsFat, VfsLfs2, mount, umount

from storage.journal import Files
from storage.nvs import Nvs

sys.path.append(__file__.rsplit("/tests/", 1)[0] + "/tools/sim")
import sim_nvs

BLOCK = 4096
# What the operation at which power fails leaves behind.
UNDONE, TORN, GARBAGE, UNSYNCED = MODES = range(4)
_EIO = -5
DEAD = -2


class Flash:
    """A block device. `left` operations from now (a write, an erase, a sync) its power fails.

    Dead, it answers EIO without touching the heap: files that were open are closed by the garbage collector.
    """

    block = BLOCK

    def __init__(self, blocks=24, data=None):
        self.data = data or bytearray(b"\xff" * (blocks * BLOCK))
        self.left = -1
        self.mode = UNDONE
        self.count = 0  # operations
        self.erases = 0
        self.broken = False  # writes fail
        self.blind = False  # reads fail
        self._synced = None

    def cut(self, left, mode):
        self.left, self.mode = left, mode
        self._synced = bytes(self.data) if mode == UNSYNCED else None

    def readblocks(self, block, buffer, offset=0):
        if self.left == DEAD or self.blind:
            return _EIO
        at = block * self.block + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        return self._change(block * self.block + offset, buffer)

    def ioctl(self, operation, block):
        if operation == 3:
            return self._sync()
        if operation == 4:
            return len(self.data) // self.block
        if operation == 5:
            return self.block
        if operation == 6:
            self.erases += 1
            return self._change(block * self.block, b"\xff" * self.block) or 0

    def _sync(self):
        if self._fails():
            return _EIO
        if self.mode == UNSYNCED:
            self._synced = bytes(self.data)
        return 0

    def _fails(self):
        """Count an operation; true when it is not to be done."""
        if self.left == DEAD or self.broken:
            return True
        self.count += 1
        if self.left == 0:
            self.left = DEAD
            if self.mode == UNSYNCED:
                self.data[:] = self._synced
            return True
        self.left -= self.left > 0
        return False

    def _change(self, at, new):
        alive = self.left != DEAD
        if self._fails():
            if alive and not self.broken and self.mode in (TORN, GARBAGE):
                self._spoil(at, new)
            return _EIO
        self.data[at : at + len(new)] = new

    def _spoil(self, at, new):
        """The first half is done; of the second, nothing, or bits fell over."""
        half = len(new) // 2
        self.data[at : at + half] = new[:half]
        if self.mode == GARBAGE:
            self.data[at + half : at + len(new)] = bytes([byte ^ 0x5A for byte in new[half:]])


class Sectors(Flash):
    """As a card, or the ESP-IDF's wear levelling: 512 bytes are replaced in one go."""

    block = 512


class Raw(Flash):
    """A FAT straight on flash: to replace a sector it is erased first."""

    def writeblocks(self, block, buffer, offset=0):
        if self.left == DEAD:
            return _EIO
        self.erases += 1
        at = block * self.block
        return self._change(at, b"\xff" * len(buffer)) or self._change(at, buffer)


class Volume:
    """A file system on such a chip. `attach` is what a reset does: whatever was in RAM is gone."""

    def __init__(self, name, make, chip):
        self.name = name
        self._make = make
        self._chip = chip

    def blank(self):
        chip = self._chip()
        self._make.mkfs(chip)
        return chip

    def copy(self, image):
        return self._chip(data=bytearray(image))

    def attach(self, chip):
        mount(self._make(chip), "/cut")
        return Files("/cut/")

    def detach(self):
        try:
            umount("/cut")
        except OSError:
            pass  # a dead device cannot be unmounted in order; it is gone all the same


class NvsChip:
    """The stand-in's NVS, kept in memory. Its calls are whole or undone: so the ESP-IDF promises."""

    def __init__(self, data=None):
        sim_nvs._save = lambda: None
        sim_nvs._pages[:] = [
            sim_nvs.Page(data and data[at : at + BLOCK]) for at in range(0, 6 * BLOCK, BLOCK)
        ]
        self._nvs = sim_nvs.NVS("firstlight")
        self.left = -1
        self.count = 0

    @property
    def data(self):
        return b"".join([page.image for page in sim_nvs._pages])

    def cut(self, left, mode):
        self.left = left

    def __getattr__(self, name):
        def call(*args):
            if self.left == DEAD:
                raise OSError(_EIO)
            self.count += 1
            if self.left == 0:
                self.left = DEAD
                raise OSError(_EIO)
            self.left -= self.left > 0
            return getattr(self._nvs, name)(*args)

        return call


class NvsVolume:
    """What Volume is, without a file system."""

    name = "NVS"
    blank = NvsChip
    copy = NvsChip
    attach = Nvs

    def detach(self):
        pass


LITTLEFS = Volume("littlefs", VfsLfs2, Flash)
FAT = Volume("FAT, whole sectors", VfsFat, Sectors)
RAW_FAT = Volume("FAT on bare flash", VfsFat, Raw)
NVS = NvsVolume()
