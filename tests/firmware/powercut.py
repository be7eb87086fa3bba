"""Storage cut at every flash operation: what `make powercut` does, and a slice of it in the tests."""

import json

from storage import migrations
from storage.credentials import Credentials, Network
from storage.journal import Journal, StorageError
from volumes import DEAD, MODES

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
    "erase and wipe": (changed, reset),
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
        before, self._operation = OPERATIONS[name]
        chip = volume.blank()
        credentials = Credentials(Journal(volume.attach(chip)))
        before(credentials)
        for _ in range(history):  # the file system tidies up at another moment each time
            credentials._journal._write(credentials._pack())
        old = Credentials(credentials._journal)._pack()
        volume.detach()
        self._image = bytes(chip.data)
        chip = volume.copy(self._image)
        journal = Recorder(volume.attach(chip))
        credentials = Credentials(journal)
        chip.count = 0
        self._operation(credentials)
        self.operations = chip.count
        self.allowed = [old] + journal.written
        volume.detach()

    def cut(self, at, mode):
        """What is wrong after power failed at this flash operation, or None."""
        volume = self._volume
        chip = volume.copy(self._image)
        credentials = Credentials(Journal(volume.attach(chip)))
        chip.cut(at, mode)
        try:
            self._operation(credentials)
        except Exception:
            if chip.left != DEAD:
                raise
        volume.detach()
        chip = volume.copy(chip.data)
        try:
            credentials = Credentials(Journal(volume.attach(chip)))
            if credentials._pack() not in self.allowed:
                return "lost" if credentials._pack() == EMPTY else "half"
            self._go_on(credentials, chip)
        except OSError:
            return "lost"
        except (AssertionError, StorageError):
            return "stuck"
        finally:
            volume.detach()

    def _go_on(self, credentials, chip):
        """After any cut the device can be set up, or ends its erasing."""
        if credentials.erasing:
            reset(credentials)
            if self._name == "erase and wipe":
                assert not [secret for secret in SECRETS if secret in chip.data]
        else:
            proposed(credentials)
            assert Credentials(credentials._journal).candidate.token == "u" * 32


EMPTY = [(1, b"\0\0\0\0")]


def campaign(volume, names, histories=(0, 1, 2, 3), stride=1):
    """Cut each operation at every `stride`-th flash operation in every way; yields a row for each."""
    for name in names:
        cuts = 0
        problems = {"lost": 0, "half": 0, "stuck": 0}
        for history in histories:
            trial = Trial(volume, name, history)
            for at in range(0, trial.operations, stride):
                for mode in MODES:
                    cuts += 1
                    problem = trial.cut(at, mode)
                    if problem:
                        problems[problem] += 1
        yield name, cuts, problems


def print_rows(volume, names=OPERATIONS, **options):
    for name, cuts, problems in campaign(volume, names, **options):
        print(json.dumps([volume.name, name, cuts, problems["lost"], problems["half"], problems["stuck"]]))
