"""What a save does that finds no memory for the journal's code: what we know stays."""

from storage.account import Network
from storage.credentials import Credentials


class Journal:
    """Has a record at first, and then no memory."""

    newer = False

    def __init__(self):
        self.full = False
        self.fields = None

    def load(self):
        if self.full:
            raise MemoryError
        return self.fields

    def save(self, fields):
        if self.full:
            raise MemoryError
        self.fields = fields

    replace = erase = save


def test_what_is_verified_stays():
    journal = Journal()
    credentials = Credentials(journal)
    credentials.propose(Network(b"Home", b"12345678"), "t" * 32)
    credentials.accepted("1")
    journal.full = True
    for change in (lambda: credentials.propose(Network(b"Other")), lambda: credentials.ask_again(703, "no")):
        try:
            change()
        except MemoryError:
            assert credentials.ready and credentials.verified.token == "t" * 32
            continue
        raise AssertionError("it was saved")
    journal.full = False
    assert Credentials(journal).verified.networks[0].ssid == b"Home"


def test_a_connection_that_brings_nothing_new_leaves_the_journal_alone():
    journal = Journal()
    credentials = Credentials(journal)
    home = Network(b"Home", b"12345678")
    credentials.propose(home, "t" * 32)
    credentials.accepted("1", home, b"123456")
    journal.full = True
    credentials.accepted("1", home, b"654321")  # it roams: noted once a boot
    journal.full = False
    again = Credentials(journal)
    home = again.verified.networks[0]
    journal.full = True
    again.accepted("1", home, b"123456")
    for firmware, bssid in (("2", b"123456"), ("1", b"654321")):
        journal.full = False
        again = Credentials(journal)
        journal.full = True
        try:
            again.accepted(firmware, again.verified.networks[0], bssid)
        except MemoryError:
            continue
        raise AssertionError((firmware, bssid))
