"""The flash chip: a file seen as 4096-byte blocks, by the extended block protocol."""

_BLOCK = 4096
_ERASED = b"\xff" * _BLOCK


class Flash:
    def __init__(self, path):
        self._file = open(path, "r+b")
        self._blocks = self._file.seek(0, 2) // _BLOCK

    def readblocks(self, block, data, offset=0):
        self._file.seek(block * _BLOCK + offset)
        self._file.readinto(data)

    def writeblocks(self, block, data, offset=0):
        # One write() each: a power cut loses whole writes, as the littlefs driver expects of flash.
        self._file.seek(block * _BLOCK + offset)
        self._file.write(data)

    def ioctl(self, op, block):
        if op == 4:
            return self._blocks
        if op == 5:
            return _BLOCK
        if op == 6:
            self.writeblocks(block, _ERASED)
            return 0
        return None
