import os
from binascii import crc32

from vfs import VfsLfs2, mount

from core import log
from storage import migrations
from storage.files import Files
from storage.journal import Journal, StorageError
from volumes import Flash

FIELDS = [(1, b"one"), (2, b""), (3, b"\0\xff" * 100)]


def formatted(blocks=64):
    """A chip with an empty littlefs, mounted."""
    flash = Flash(blocks)
    VfsLfs2.mkfs(flash)
    mount(VfsLfs2(flash), "/flash")
    return flash


def journal():
    return Journal(Files("/flash/"))


def loaded():
    """What a reset finds."""
    return journal().load()


def refuses(save, *args):
    try:
        save(*args)
    except StorageError as e:
        return str(e)
    raise AssertionError("it was saved")


def age(name, version):
    """Make the record of a slot one of another version, with its CRC right."""
    with open("/flash/" + name, "rb") as slot:
        record = bytearray(slot.read())
    record[2] = version
    record[-4:] = crc32(record[:-4]).to_bytes(4, "little")
    with open("/flash/" + name, "wb") as slot:
        slot.write(record)


def content(name):
    with open("/flash/" + name, "rb") as slot:
        return slot.read()


def test_what_was_saved_is_loaded():
    formatted()
    first = journal()
    assert first.load() is None
    first.save(FIELDS)
    assert loaded() == FIELDS


def test_the_newer_slot_wins_and_damage_falls_back_to_the_older():
    formatted()
    first = journal()
    first.save([(1, b"old")])
    first.save([(1, b"new")])
    assert loaded() == [(1, b"new")]
    whole = content("journal.b")
    for at in range(len(whole)):
        with open("/flash/journal.b", "wb") as slot:
            slot.write(whole[:at] + bytes((whole[at] ^ 0x10,)) + whole[at + 1 :])
        assert loaded() == [(1, b"old")], at
        with open("/flash/journal.b", "wb") as slot:
            slot.write(whole[:at])
        assert loaded() == [(1, b"old")], at


def test_both_slots_unreadable_is_unprovisioned():
    formatted()
    for name in ("a", "b"):
        with open("/flash/journal." + name, "wb") as slot:
            slot.write(b"junk" * 20)
    first = journal()
    assert first.load() is None
    first.save(FIELDS)
    assert loaded() == FIELDS


def test_a_first_record_that_was_only_begun_is_none():
    """littlefs makes the file before there is anything in it. Nothing was lost, so nothing is said."""
    formatted()
    open("/flash/journal.a", "wb").close()
    said = []
    warn, log.warn = log.warn, lambda *words: said.append(words)
    try:
        first = journal()
        assert first.load() is None and said == []
    finally:
        log.warn = warn
    first.save(FIELDS)
    assert loaded() == FIELDS


def test_an_unchanged_record_costs_no_erase_and_no_write():
    flash = formatted()
    journal().save(FIELDS)
    flash.erases = flash.count = 0
    again = journal()
    again.load()
    again.save(FIELDS)
    assert flash.erases == flash.count == 0


def test_a_save_costs_at_most_two_erases():
    """Counted over a thousand: littlefs tidies up the directory's blocks, and moves them, now and then."""
    flash = formatted()
    for name, size in (("boot.py", 300), ("main.py", 250), ("webrepl_cfg.py", 30)):
        with open("/flash/" + name, "wb") as file:
            file.write(b"#" * size)
    first = journal()
    total = 0
    for turn in range(1000):
        flash.erases = 0
        first.save([(1, turn.to_bytes(4, "little") * (10, 75, 625)[turn % 3])])
        assert flash.erases <= 2, (turn, flash.erases)
        total += flash.erases
    assert total <= 1100, total


def test_saves_leave_no_file_open():
    """An open file pins its blocks: littlefs would run full although two small files are all there is."""
    formatted()
    first = journal()
    for turn in range(4):
        first.save([(1, bytes((turn,)) * 300)])
    free = os.statvfs("/flash")[3]
    for turn in range(40):
        first.save([(1, bytes((turn,)) * 300)])
    assert os.statvfs("/flash")[3] == free


def test_a_failing_save_keeps_the_earlier_record():
    flash = formatted()
    first = journal()
    first.save([(1, b"old")])
    flash.broken = True
    refuses(first.save, [(1, b"new")])
    flash.broken = False
    assert loaded() == [(1, b"old")]
    first.save([(1, b"new")])
    assert loaded() == [(1, b"new")]


class Blind(Files):
    """Writes, and cannot read what it wrote: a flash that begins to fail."""

    wrote = False

    def open(self, index):
        if self.wrote:
            raise OSError(5)
        return super().open(index)

    def write(self, index, parts):
        super().write(index, parts)
        self.wrote = True


def test_what_cannot_be_read_back_is_not_in_force_after_a_reset_either():
    formatted()
    journal().save([(1, b"old")])
    blind = Journal(Blind("/flash/"))
    blind.load()
    refuses(blind.save, [(1, b"new")])
    assert loaded() == [(1, b"old")]


class Garbled(Files):
    def write(self, index, parts):
        super().write(index, [bytes([byte ^ 1 for byte in part]) for part in parts])


def test_what_reads_back_differently_is_not_in_force():
    formatted()
    journal().save([(1, b"old")])
    garbled = Journal(Garbled("/flash/"))
    garbled.load()
    assert "read back" in refuses(garbled.save, [(1, b"new")])
    assert loaded() == [(1, b"old")]


def test_a_record_of_newer_firmware_is_kept_until_the_owner_says_otherwise():
    formatted()
    journal().save(FIELDS)
    age("journal.a", 2)
    kept = content("journal.a")
    first = journal()
    assert first.load() is None and first.newer
    refuses(first.save, [(1, b"new")])
    assert content("journal.a") == kept
    first.replace([(1, b"new")])
    assert content("journal.a") == kept and not first.newer  # the one slot still; the next save takes it
    assert loaded() == [(1, b"new")]
    first.save([(1, b"newest")])
    assert content("journal.a") != kept


def test_erase_overwrites_a_record_of_newer_firmware():
    formatted()
    journal().save(FIELDS)
    age("journal.a", 2)
    first = journal()
    first.load()
    first.erase([(1, b"")])
    assert loaded() == [(1, b"")]
    assert b"\xff\0\xff" not in content("journal.a") + content("journal.b")


def test_after_a_downgrade_nothing_is_tried_with_what_is_out_of_date():
    formatted()
    first = journal()
    first.save([(1, b"old")])
    first.save([(1, b"new")])
    age("journal.b", 2)
    assert loaded() is None


def test_a_record_of_newer_firmware_that_is_out_of_date_does_not_count():
    """Upgraded, downgraded and configured anew: the newest one is ours."""
    formatted()
    first = journal()
    first.save([(1, b"old")])
    first.save([(1, b"new")])
    age("journal.a", 2)
    assert loaded() == [(1, b"new")]


class Third(Journal):
    """The firmware after the next."""

    version = 3


def test_records_of_earlier_versions_are_migrated_step_by_step():
    formatted()
    journal().save([(1, b"one")])
    migrations.TABLE[1] = lambda fields: [(key, value + b"+") for key, value in fields]
    migrations.TABLE[2] = lambda fields: fields + [(9, b"since 3")]
    third = Third(Files("/flash/"))
    old = content("journal.a")
    fields = third.load()
    assert fields == [(1, b"one+"), (9, b"since 3")]
    assert content("journal.a") == old  # to load costs no write: the older firmware may come back
    fields[0] = (1, b"changed")
    third.save(fields)
    assert content("journal.a") == old and content("journal.b")[2] == 3
    assert Third(Files("/flash/")).load() == fields
    back = journal()
    assert back.load() is None and back.newer
