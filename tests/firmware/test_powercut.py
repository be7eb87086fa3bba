"""Power cuts at every flash operation of every storage operation: the old record or the new one, never less.

FAT is held to this where a sector is written or not, or torn, as on a card. Straight on flash, where a sector
is erased before it is written, FAT loses its own directory and all that is stored: littlefs is for that.
"""

from vfs import VfsFat, VfsLfs2, mount, umount

from storage.credentials import Credentials, Network
from storage.journal import Journal

BLOCKS = 24
HISTORIES = 12
TOKEN = "t" * 32


_EIO = -5
_DEAD = -2


class Flash:
    """A block device that dies at the n-th write or erase: not done, half done, or its second half garbage.

    Dead, it answers EIO without touching the heap: files that were open are closed by the garbage collector.
    """

    def __init__(self, block_size, data=None):
        self.size = block_size
        self.data = data or bytearray(b"\xff" * (BLOCKS * 4096))
        self.left = -1
        self.mode = 0
        self.count = 0

    def readblocks(self, block, buffer, offset=0):
        if self.left == _DEAD:
            return _EIO
        at = block * self.size + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        return self._change(block * self.size + offset, buffer)

    def ioctl(self, operation, block):
        if operation == 4:
            return len(self.data) // self.size
        if operation == 5:
            return self.size
        if operation == 6:
            return self._change(block * self.size, b"\xff" * self.size) or 0

    def _change(self, at, new):
        if self.left == _DEAD:
            return _EIO
        self.count += 1
        if self.left == 0:
            self.left = _DEAD
            half = len(new) // 2
            if self.mode:
                self.data[at : at + half] = new[:half]
            if self.mode == 2:
                self.data[at + half : at + len(new)] = bytes([byte ^ 0x5A for byte in new[half:]])
            return _EIO
        self.left -= self.left > 0
        self.data[at : at + len(new)] = new


def provisioned(credentials):
    credentials.propose(Network(b"Home", b"right password"), TOKEN, "mqtt://first")
    credentials.accepted("1.0")


def sixteen(credentials):
    for number in range(16):
        credentials.propose(Network(b"network %02d" % number, b"p" * 63), TOKEN, "mqtt://first")
        credentials.accepted("1.0")


def proposed(credentials):
    credentials.propose(Network(b"Next", b"other password"), "u" * 32, "mqtt://second")


# name: what was there before, and the operation that is cut.
OPERATIONS = {
    "first save": (lambda c: None, proposed),
    "candidate": (provisioned, proposed),
    "verify": (provisioned, lambda c: c.accepted("1.1")),
    "error note": (provisioned, lambda c: c.reject(722, "wrong")),
    "ask again": (provisioned, lambda c: c.ask_again(703, "refused")),
    "erase": (provisioned, lambda c: c.erase()),
    "sixteen networks": (sixteen, proposed),
}


def load(flash, make):
    """Mount as after a reset, and what is stored then."""
    mount(make(flash), "/cut")
    return Credentials(Journal("/cut/"))


def state(credentials):
    return credentials._pack()


def campaign(make, block_size):
    """Each operation after histories of different length: the file system tidies up at different points."""
    cuts = losses = 0
    for name, history in [(name, history) for name in OPERATIONS for history in range(HISTORIES)]:
        before, operation = OPERATIONS[name]
        blank = Flash(block_size)
        make.mkfs(blank)
        credentials = load(blank, make)
        before(credentials)
        for number in range(history):
            credentials.reject(701, "try %d" % number)
        if name in ("verify", "error note"):
            proposed(credentials)
        old = state(credentials)
        umount("/cut")
        image = bytes(blank.data)
        done = Flash(block_size, bytearray(image))
        credentials = load(done, make)
        done.count = 0
        operation(credentials)
        new = state(credentials)
        total = done.count
        umount("/cut")
        for cut in range(total):
            for mode in (0, 1, 2):
                cuts += 1
                losses += not survives(make, block_size, image, operation, (cut, mode), (old, new), name)
    return cuts, losses


def survives(make, block_size, image, operation, cut, allowed, name):
    flash = Flash(block_size, bytearray(image))
    credentials = load(flash, make)
    flash.left, flash.mode = cut
    try:
        operation(credentials)
    except Exception:
        if flash.left != _DEAD:
            raise
    try:
        umount("/cut")
    except OSError:
        pass  # a dead device cannot be unmounted in order; it is gone all the same
    after = Flash(block_size, flash.data)
    try:
        credentials = load(after, make)
        found = state(credentials)
        umount("/cut")
    except OSError as e:
        print("lost:", name, cut, e)
        return False
    if found not in allowed:
        print("lost:", name, cut, found)
        return False
    return True


def test_littlefs():
    cuts, losses = campaign(VfsLfs2, 4096)
    print("powercut on littlefs:", cuts, "cuts,", losses, "losses")
    assert losses == 0 and cuts > 900


def test_fat():
    cuts, losses = campaign(VfsFat, 512)
    print("powercut on FAT:", cuts, "cuts,", losses, "losses")
    assert losses == 0 and cuts > 900
