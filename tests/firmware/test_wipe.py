"""After erasing, nothing that was ever stored is left anywhere on the chip, free blocks included."""

import os

from vfs import VfsFat, VfsLfs2, mount, umount

from powercut import SECRETS, reset
from storage.account import Network
from storage.credentials import Credentials
from storage.files import Files
from storage.journal import Journal
from volumes import FAT, LITTLEFS, NVS, Flash, Sectors


def much_used(credentials):
    """Records of all sizes: what littlefs keeps in the directory, and what it keeps in blocks of its own."""
    for number in range(20):
        password = b"p" * 63 if number % 2 else b"other password"
        credentials.propose(Network(b"n%d" % number, password), "tu"[number % 2] * 32, "s" * (number * 6))
        if number % 3:
            credentials.accepted("1.0")
        else:
            credentials.reject(722, "wrong")
    credentials.propose(Network(b"claim", b"right password"), claim="K7QM2X9A")


def left(chip):
    return [secret for secret in SECRETS if secret in chip.data]


def wiped(volume):
    chip = volume.blank()
    credentials = Credentials(Journal(volume.attach(chip)))
    much_used(credentials)
    credentials.erase()
    assert left(chip)  # copies that only wiping reaches
    reset(credentials)
    assert left(chip) == []
    volume.detach()
    credentials = Credentials(Journal(volume.attach(chip)))
    assert credentials.attempt == 21 and not credentials.erasing and not credentials.verified


def test_littlefs():
    wiped(LITTLEFS)
    assert sorted(os.listdir("/cut")) == ["journal.a", "journal.b"]


def test_fat():
    wiped(FAT)


def test_nvs():
    wiped(NVS)


def test_a_directory_in_several_pieces():
    """Many small files: littlefs splits the directory, and each slot may lie in another piece."""
    flash = Flash(64)
    VfsLfs2.mkfs(flash)
    mount(VfsLfs2(flash), "/cut")
    for number in range(60):
        with open("/cut/%02d" % number if number % 2 else "/cut/z%02d" % number, "wb") as file:
            file.write(bytes(100))
    credentials = Credentials(Journal(Files("/cut/")))
    much_used(credentials)
    reset(credentials)
    assert left(flash) == []
    umount("/cut")


def test_steps_are_short_and_their_number_is_bounded():
    """Between two steps the light moves."""
    chip = LITTLEFS.blank()
    credentials = Credentials(Journal(LITTLEFS.attach(chip)))
    much_used(credentials)
    credentials.erase()
    steps = most = 0
    chip.erases = 0
    for _ in credentials.wipe():
        steps += 1
        most = max(most, chip.erases)
        chip.erases = 0
    assert steps <= 2 * 4096 // 112 + 1 + 24 and most <= 3


def test_broken_flash_ends_it():
    chip = LITTLEFS.blank()
    credentials = Credentials(Journal(LITTLEFS.attach(chip)))
    much_used(credentials)
    credentials.erase()
    steps = credentials.wipe()
    for _ in range(80):
        next(steps)
    chip.broken = True
    try:
        for _ in steps:
            pass
        raise AssertionError("wiped on broken flash")
    except OSError:
        pass


def test_a_cut_leaves_no_clusters_that_are_nobodys():
    """On a FAT whose table fills several sectors: it would run full of them, and no save would succeed."""
    chip = Sectors(128)
    VfsFat.mkfs(chip)
    mount(VfsFat(chip), "/cut")
    credentials = Credentials(Journal(Files("/cut/")))
    much_used(credentials)
    free = os.statvfs("/cut")[3]
    credentials.erase()
    steps = credentials.wipe()
    for _ in range(800):
        next(steps)
    chip.broken = True  # power fails here
    after = Sectors(data=chip.data)
    umount("/cut")
    mount(VfsFat(after), "/cut")
    credentials = Credentials(Journal(Files("/cut/")))
    assert credentials.erasing and os.statvfs("/cut")[3] < free
    reset(credentials)
    assert left(after) == [] and os.statvfs("/cut")[3] >= free
