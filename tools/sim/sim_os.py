"""`os` and `vfs` without the host: no VfsPosix, no system(), no environment."""

import os as native
from collections import namedtuple

VfsFat = native.VfsFat
VfsLfs2 = native.VfsLfs2
chdir = native.chdir
getcwd = native.getcwd
ilistdir = native.ilistdir
listdir = native.listdir
mkdir = native.mkdir
mount = native.mount
remove = native.remove
rename = native.rename
rmdir = native.rmdir
stat = native.stat
statvfs = native.statvfs
umount = native.umount
unlink = native.unlink
urandom = native.urandom

_Uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))
_uname = None


def describe(platform, release, version, machine):
    global _uname
    _uname = _Uname(platform, platform, release, version, machine)


def uname():
    return _uname


def sync():
    pass  # PORT-BEHAVIOUR 4: littlefs commits on close and flush
