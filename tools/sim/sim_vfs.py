"""`vfs` without VfsPosix."""

import vfs as native

VfsFat = native.VfsFat
VfsLfs2 = native.VfsLfs2
mount = native.mount
umount = native.umount
