"""`vfs` without VfsPosix, and with an ESP8266's ROMFS partition: ports/esp8266/vfs_rom_ioctl.c."""

import vfs as native

VfsFat = native.VfsFat
VfsLfs2 = native.VfsLfs2
mount = native.mount
umount = native.umount

_EINVAL = 22
_WRITES = 4  # bytes that are written at once
_SECTOR = 4096
_rom = None  # the file of the host that is the partition


def setup(path):
    """The chip has such a partition."""
    global _rom, rom_ioctl
    _rom = open(path, "r+b")
    rom_ioctl = _rom_ioctl


def _rom_ioctl(request, *args):
    if request == 1:
        return 1
    if request == 2:
        _rom.seek(0)
        return memoryview(_rom.read())
    if request == 3:
        _rom.seek(0)
        _rom.write(b"\xff" * -(-args[1] // _SECTOR * _SECTOR))
        _rom.flush()
        return _WRITES
    if request == 4:
        _write(args[1], bytes(args[2]))
        return 0
    return -_EINVAL


def _write(at, data):
    """Flash can only be cleared."""
    _rom.seek(at)
    before = _rom.read(len(data))
    _rom.seek(at)
    _rom.write(bytes([old & new for old, new in zip(before, data)]))
    _rom.flush()
