"""Storage cut at every flash operation: what `make powercut` does, and a slice of it in the tests."""

import json

from storage import migrations
from storage.account import Network
from storage.credentials import Credentials
from storage.journal import Journal, StorageError
from volumes import BARE_FAT, FAT, LITTLEFS, NVS

TOKEN = "t" * 32
PASSWORD = b"right password"
CLAIM = "K7QM2X9A"
SECRETS = (TOKEN.encode(), PASSWORD, CLAIM.encode(), b"u" * 32, b"other password", b"p" * 63)


def provisioned(credentials):
    credentials.propose(Network(b"Home", PASSWORD), TOKEN, "mqtt://first")
    credentials.accepted("1.0")


def sixteen(credentials):
    for number in range(16):
        credentials.propose(Network(b"network %02d" % number, b"p" * 63), TOKEN, "mqtt://first")
        credentials.accepted("1.0")


def proposed(credentials):
    credentials.propose(Network(b"Next", b"other password"), "u" * 32, "mqtt://second")


def changed(credentials):
    provisioned(credentials)
    proposed(credentials)


def migrated(credentials):
    """Its record becomes one of an earlier version, which the next change replaces."""
    provisioned(credentials)
    journal = credentials._journal
    journal.version = 0
    journal._write(credentials._pack())
    journal.version = 1
    migrations.TABLE[0] = lambda fields: fields


def reset(credentials):
    """As the state RESET_CONFIG does it."""
    credentials.erase()
    for _ in credentials.wipe():
        pass
    credentials.erased()


WIPE = "erase and wipe"
# name: what was there before, and the operation that is cut.
OPERATIONS = {
    "first save": (lambda credentials: None, proposed),
    "candidate": (provisioned, proposed),
    "try": (changed, lambda credentials: credentials.tries_candidate()),
    "verify": (changed, lambda credentials: credentials.accepted("1.1")),
    "error note": (changed, lambda credentials: credentials.reject(722, "wrong")),
    "ask again": (provisioned, lambda credentials: credentials.ask_again(703, "refused")),
    "sixteen networks": (sixteen, proposed),
    "migration": (migrated, proposed),
    "erase": (changed, lambda credentials: credentials.erase()),
    WIPE: (changed, reset),
}


class Recorder(Journal):
    """Remembers every record that it was to put in force."""

    def __init__(self, slots):
        super().__init__(slots)
        self.written = []

    def _write(self, fields):
        if fields not in self.written:
            self.written.append(fields)
        super()._write(fields)


class Trial:
    """One operation after one history, to be cut anywhere."""

    def __init__(self, volume, name, history):
        self._volume = volume
        self._name = name
        before, operation = OPERATIONS[name]
        chip = volume.blank(12 if name == WIPE else 24)
        journal = Recorder(volume.attach(chip))
        credentials = Credentials(journal)
        before(credentials)
        for _ in range(history):  # the file system tidies up at another moment each time
            journal._write(credentials._pack())
        credentials = Credentials(journal)
        self.allowed = journal.written = [credentials._pack()]
        chip.record()
        operation(credentials)
        volume.detach()
        self.after_cuts = chip.after_cuts

    def problem(self, image):
        """What is wrong with a device that finds its flash like this, or None."""
        volume = self._volume
        chip = volume.copy(image)
        try:
            slots = volume.attach(chip)
        except OSError:
            return "lost"
        try:
            credentials = Credentials(Journal(slots))
            if credentials._pack() not in self.allowed:
                return "lost" if credentials._pack() == EMPTY else "half"
            return self._go_on(credentials, chip)
        except OSError:
            return "lost"
        except StorageError:
            return "stuck"
        finally:
            volume.detach()

    def _go_on(self, credentials, chip):
        """After any cut erasing comes to its end, and the device can be set up."""
        if credentials.erasing:
            reset(credentials)
            if self._name == WIPE and [secret for secret in SECRETS if secret in chip.data]:
                return "legible"
        proposed(credentials)
        candidate = Credentials(credentials._journal).candidate
        if not candidate or candidate.token != "u" * 32:
            return "stuck"


# The record is gone; or is neither the old nor a new one; nothing can be stored; a secret outlives the wipe.
KINDS = ("lost", "half", "stuck", "legible")
EMPTY = [(1, b"\0\0\0\0")]


def campaign(volume, names, histories=(0, 1, 2, 3), first=0, stride=1):
    """Cut each operation at every `stride`-th flash operation in every way; yields a row for each."""
    for name in names:
        cuts = 0
        problems = dict([(kind, 0) for kind in KINDS])
        for history in histories:
            trial = Trial(volume, name, history)
            for image in trial.after_cuts(first, stride):
                cuts += 1
                problem = trial.problem(image)
                if problem:
                    problems[problem] += 1
        yield name, cuts, problems


def print_rows(volume, names, **options):
    for name, cuts, problems in campaign(volume, names, **options):
        print(json.dumps([volume.name, name, cuts] + [problems[kind] for kind in KINDS]))


# Parts of `make powercut`. In so many saves littlefs compacts the directory once; wiping does so often.
HISTORIES = range(48)
SHORT = [name for name in OPERATIONS if name != WIPE]


def littlefs():
    print_rows(LITTLEFS, SHORT, histories=HISTORIES)


def littlefs_wipe():
    print_rows(LITTLEFS, (WIPE,), histories=(0,))


def fat():
    print_rows(FAT, SHORT, histories=range(12))
    print_rows(FAT, (WIPE,), histories=(0,))


def bare_fat():
    print_rows(BARE_FAT, SHORT, histories=(0, 1))


def nvs():
    print_rows(NVS, SHORT, histories=HISTORIES)
    print_rows(NVS, (WIPE,), histories=(0,))


# Records that littlefs keeps in the directory's own block, and those that get a block of their own.
SIZES = {"up to 128": (40, 100), "300 to 2,500": (300, 2500)}
SAVES = 4000


def wear():
    """Erases that saves cost: the most of one, and the mean."""
    for name, sizes in SIZES.items():
        chip = LITTLEFS.blank()
        journal = Journal(LITTLEFS.attach(chip))
        start, most = chip.erases, 0
        for turn in range(SAVES):
            before = chip.erases
            journal.save([(1, turn.to_bytes(4, "little") * (sizes[turn % 2] // 4))])
            most = max(most, chip.erases - before)
        print(json.dumps([name, SAVES, most, (chip.erases - start) / SAVES]))
        LITTLEFS.detach()
