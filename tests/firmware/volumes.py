"""Flash in memory that counts, fails and loses power, and the places on it where the record can live."""

import sys

from vfs import VfsFat, VfsLfs2, mount, umount

from storage.files import Files
from storage.nvs import Nvs

sys.path.append(__file__.rsplit("/tests/", 1)[0] + "/tools/sim")
import sim_nvs

BLOCK = 4096
_EIO = -5


class Flash:
    """A block device that counts, can fail, and records what is done to it."""

    block = BLOCK

    def __init__(self, blocks=24, data=None):
        self.data = bytearray(data or b"\xff" * (blocks * BLOCK))
        self.count = 0  # operations: writes, erases, syncs
        self.erases = 0
        self.broken = False  # writes fail
        self._log = None

    def readblocks(self, block, buffer, offset=0):
        at = block * self.block + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        return self._change(block * self.block + offset, buffer)

    def ioctl(self, operation, block):
        if operation == 3:
            if self._log is not None:
                self._log.append(None)
            return 0
        if operation == 4:
            return len(self.data) // self.block
        if operation == 5:
            return self.block
        if operation == 6:
            self.erases += 1
            return self._change(block * self.block, b"\xff" * self.block) or 0

    def record(self):
        """From now on."""
        self._start = bytes(self.data)
        self._log = []

    def after_cuts(self, first=0, stride=1):
        """Flash as a power cut at each of the recorded operations can leave it.

        The operation is not done; lost with all since the last sync; torn; torn, with the other half garbled.
        What is yielded is one buffer, which changes.
        """
        data = bytearray(self._start)
        synced = self._start
        for number, change in enumerate(self._log):
            wanted = number >= first and (number - first) % stride == 0
            if wanted:
                yield data
                yield synced
            if change is None:
                synced = bytes(data)
                continue
            at, new = change
            if wanted:
                half = len(new) // 2
                data[at : at + half] = new[:half]
                yield data
                for place in range(half, len(new)):
                    data[at + place] = new[place] ^ 0x5A
                yield data
            data[at : at + len(new)] = new

    def _change(self, at, new):
        if self.broken:
            return _EIO
        self.count += 1
        if self._log is not None:
            self._log.append((at, bytes(new)))
        self.data[at : at + len(new)] = new


class Sectors(Flash):
    """As a card, or the ESP-IDF's wear levelling: 512 bytes are replaced in one go."""

    block = 512


class Raw(Flash):
    """A FAT straight on flash: to replace a sector it is erased first."""

    def writeblocks(self, block, buffer, offset=0):
        self.erases += 1
        at = block * self.block
        return self._change(at, b"\xff" * len(buffer)) or self._change(at, buffer)


class Volume:
    """A file system on such a chip. `attach` is what a reset does: whatever was in RAM is gone."""

    def __init__(self, name, make, chip):
        self.name = name
        self._make = make
        self._chip = chip

    def blank(self, blocks=24):
        chip = self._chip(blocks)
        self._make.mkfs(chip)
        return chip

    def copy(self, image):
        return self._chip(data=image)

    def attach(self, chip):
        mount(self._make(chip), "/cut")
        return Files("/cut/")

    def detach(self):
        umount("/cut")


class NvsChip:
    """The stand-in's NVS, kept in memory. Its calls are whole or undone: so the ESP-IDF promises."""

    def __init__(self, data=None):
        sim_nvs._save = lambda: None
        sim_nvs._pages[:] = [
            sim_nvs.Page(data and data[at : at + BLOCK]) for at in range(0, 6 * BLOCK, BLOCK)
        ]
        self._nvs = sim_nvs.NVS("firstlight")
        self._log = None

    @property
    def data(self):
        return b"".join([page.image for page in sim_nvs._pages])

    def record(self):
        self._log = [self._pages()]

    def after_cuts(self, first=0, stride=1):
        for pages in self._log[first::stride]:
            yield b"".join(pages)

    def _pages(self, before=(None,) * 6):
        """Their content; pages that are as before are the same objects."""
        return [old if old == page.image else bytes(page.image) for old, page in zip(before, sim_nvs._pages)]

    def __getattr__(self, name):
        def call(*args):
            result = getattr(self._nvs, name)(*args)
            if self._log is not None:
                self._log.append(self._pages(self._log[-1]))
            return result

        return call


class NvsVolume:
    """What Volume is, without a file system."""

    name = "NVS"
    copy = NvsChip
    attach = Nvs

    def blank(self, blocks=6):
        return NvsChip()

    def detach(self):
        pass


LITTLEFS = Volume("littlefs", VfsLfs2, Flash)
FAT = Volume("FAT, whole sectors", VfsFat, Sectors)
BARE_FAT = Volume("FAT on bare flash", VfsFat, Raw)
NVS = NvsVolume()
