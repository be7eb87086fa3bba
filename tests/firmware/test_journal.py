import os
from binascii import crc32

from vfs import VfsLfs2, mount, umount

from storage.credentials import NETWORKS, Credentials, Network
from storage.journal import Journal, StorageError


class Flash:
    """Real littlefs on a block device in memory, which counts erases and can fail."""

    def __init__(self):
        self.data = bytearray(64 * 4096)
        self.erases = 0
        self.broken = False
        VfsLfs2.mkfs(self)
        mount(VfsLfs2(self), "/flash")
        self.erases = 0

    def readblocks(self, block, buffer, offset=0):
        at = block * 4096 + offset
        buffer[:] = self.data[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        if self.broken:
            raise OSError(5)
        at = block * 4096 + offset
        self.data[at : at + len(buffer)] = buffer

    def ioctl(self, operation, block):
        if operation == 4:
            return 64
        if operation == 5:
            return 4096
        if operation == 6:
            self.erases += 1
            return 0


FIELDS = [(1, b"one"), (2, b""), (3, b"\0\xff" * 100)]


def test_what_was_saved_is_loaded():
    Flash()
    journal = Journal("/flash/")
    assert journal.load() is None
    journal.save(FIELDS)
    assert Journal("/flash/").load() == FIELDS


def test_the_newer_slot_wins_and_damage_falls_back_to_the_older():
    Flash()
    journal = Journal("/flash/")
    journal.save([(1, b"old")])
    journal.save([(1, b"new")])
    assert Journal("/flash/").load() == [(1, b"new")]
    with open("/flash/journal.b", "rb") as slot:
        whole = slot.read()
    for at in range(len(whole)):
        with open("/flash/journal.b", "wb") as slot:
            slot.write(whole[:at] + bytes((whole[at] ^ 0x10,)) + whole[at + 1 :])
        assert Journal("/flash/").load() == [(1, b"old")], at
        with open("/flash/journal.b", "wb") as slot:
            slot.write(whole[:at])
        assert Journal("/flash/").load() == [(1, b"old")], at


def test_both_slots_unreadable_is_unprovisioned():
    Flash()
    for name in ("a", "b"):
        with open("/flash/journal." + name, "wb") as slot:
            slot.write(b"junk" * 20)
    journal = Journal("/flash/")
    assert journal.load() is None
    journal.save(FIELDS)
    assert Journal("/flash/").load() == FIELDS


def test_an_unchanged_record_costs_no_erase():
    flash = Flash()
    journal = Journal("/flash/")
    journal.save(FIELDS)
    flash.erases = 0
    journal.save(FIELDS)
    assert flash.erases == 0


def test_a_save_costs_at_most_two_erases():
    flash = Flash()
    journal = Journal("/flash/")
    for turn in range(8):
        flash.erases = 0
        journal.save([(1, bytes((turn,)) * 300)])
        assert flash.erases <= 2, (turn, flash.erases)


def test_saves_leave_no_file_open():
    """An open file pins its blocks: littlefs would run full although two small files are all there is."""
    Flash()
    journal = Journal("/flash/")
    for turn in range(4):
        journal.save([(1, bytes((turn,)) * 300)])
    free = os.statvfs("/flash")[3]
    for turn in range(40):
        journal.save([(1, bytes((turn,)) * 300)])
    assert os.statvfs("/flash")[3] == free


def test_a_failing_save_keeps_the_earlier_record():
    flash = Flash()
    journal = Journal("/flash/")
    journal.save([(1, b"old")])
    flash.broken = True
    try:
        journal.save([(1, b"new")])
        raise AssertionError("saved on broken flash")
    except StorageError:
        pass
    flash.broken = False
    assert Journal("/flash/").load() == [(1, b"old")]


def test_a_record_of_newer_firmware_is_kept():
    Flash()
    journal = Journal("/flash/")
    journal.save(FIELDS)
    with open("/flash/journal.a", "rb") as slot:
        record = bytearray(slot.read())
    record[2] = 2
    record[-4:] = crc32(record[:-4]).to_bytes(4, "little")
    with open("/flash/journal.a", "wb") as slot:
        slot.write(record)
    journal = Journal("/flash/")
    assert journal.load() is None
    try:
        journal.save(FIELDS)
        raise AssertionError("overwritten silently")
    except StorageError:
        pass
    journal.erase([(1, b"")])  # the owner's ten seconds on the button
    assert Journal("/flash/").load() == [(1, b"")]


def test_candidate_beside_verified():
    Flash()
    credentials = Credentials(Journal("/flash/"))
    assert credentials.verified is None and credentials.attempt == 0
    credentials.propose(Network(b"Home", b"right password"), "t" * 32, "mqtt://x")
    credentials = Credentials(Journal("/flash/"))
    assert (
        credentials.candidate.token == "t" * 32 and credentials.verified is None and credentials.attempt == 1
    )
    credentials.accepted("1.0")
    credentials.propose(
        Network(b"Caf\xe9 & Co", b"p@ss+w0rd &%?!", True, "1.2.3.4,255.0.0.0,1.1.1.1,1.1.1.1"), "u" * 32
    )
    credentials.reject(722, "wrong Wi-Fi password")
    credentials = Credentials(Journal("/flash/"))
    assert credentials.candidate is None and credentials.error == 722 and credentials.firmware == "1.0"
    assert credentials.verified.networks[0].ssid == b"Home" and credentials.verified.token == "t" * 32


def test_a_failing_save_leaves_memory_as_flash_is():
    flash = Flash()
    credentials = Credentials(Journal("/flash/"))
    credentials.propose(Network(b"Home", b"right password"), "t" * 32, "mqtt://x")
    flash.broken = True
    try:
        credentials.accepted("1.0")
        raise AssertionError("saved on broken flash")
    except StorageError:
        assert credentials.candidate and not credentials.verified and credentials.attempt == 1


def test_what_failed_is_remembered_until_the_next_attempt():
    Flash()
    credentials = Credentials(Journal("/flash/"))
    for count in (1, 2):
        credentials.propose(Network(b"Home"), claim="K7QM2X9A")
        credentials.reject(703, "refused")
        credentials = Credentials(Journal("/flash/"))
        assert (credentials.last, credentials.refused) == (b"Home", count)
    credentials.propose(Network(b"Home"), claim="K7QM2X9A")
    assert credentials.last == b"" and credentials.refused == 2
    credentials.claimed("t" * 32, "mqtt://x")
    credentials.accepted("1.0")
    credentials = Credentials(Journal("/flash/"))
    assert (credentials.last, credentials.refused) == (b"", 0)


def test_a_candidate_that_resets_the_chip_is_given_up():
    Flash()
    Credentials(Journal("/flash/")).propose(Network(b"Home"), "t" * 32)
    for _ in range(3):
        assert Credentials(Journal("/flash/")).tries_candidate()
    credentials = Credentials(Journal("/flash/"))
    assert not credentials.tries_candidate()
    assert credentials.candidate is None and credentials.error == 704


def test_after_a_downgrade_nothing_is_tried_with_what_is_out_of_date():
    Flash()
    journal = Journal("/flash/")
    journal.save([(1, b"old")])
    journal.save([(1, b"new")])
    with open("/flash/journal.b", "rb") as slot:
        record = bytearray(slot.read())
    record[2] = 2
    record[-4:] = crc32(record[:-4]).to_bytes(4, "little")
    with open("/flash/journal.b", "wb") as slot:
        slot.write(record)
    assert Journal("/flash/").load() is None


def test_sixteen_networks_and_the_seventeenth_pushes_out_the_oldest():
    Flash()
    credentials = Credentials(Journal("/flash/"))
    for number in range(NETWORKS + 1):
        credentials.propose(
            Network(b"network %02d" % number + b"x" * 22, b"p" * 63, True, "1.2.3.4,2,3,4"), "t" * 32
        )
        credentials.accepted("1.0")
    networks = Credentials(Journal("/flash/")).verified.networks
    assert len(networks) == NETWORKS
    assert networks[0].ssid.startswith(b"network 16") and networks[-1].ssid.startswith(b"network 01")
    assert networks[0].hidden and networks[0].static == "1.2.3.4,2,3,4" and networks[0].password == b"p" * 63


def test_erase_leaves_only_the_attempt_number():
    Flash()
    credentials = Credentials(Journal("/flash/"))
    credentials.propose(Network(b"Home", b"right password"), "t" * 32, "mqtt://x", "K7QM2X9A")
    credentials.accepted("1.0")
    credentials.erase()
    again = Credentials(Journal("/flash/"))
    assert (again.verified, again.candidate, again.error, again.attempt) == (None, None, 0, 1)
    for name in os.listdir("/flash"):
        with open("/flash/" + name, "rb") as slot:
            content = slot.read()
        for secret in (b"right password", b"t" * 32, b"K7QM2X9A"):
            assert secret not in content
    umount("/flash")
