import os

from powercut import CLAIM, PASSWORD, TOKEN, provisioned
from storage.account import Network
from storage.credentials import NETWORKS, Credentials
from storage.files import Files
from storage.journal import Journal
from test_journal import age, formatted, refuses
from volumes import NVS

FIXTURE = __file__.rsplit("/", 2)[0] + "/fixtures/record-v1.bin"


def credentials():
    """What a reset finds."""
    return Credentials(Journal(Files("/flash/")))


def test_candidate_beside_verified():
    formatted()
    stored = credentials()
    assert stored.verified is None and stored.attempt == 0
    stored.propose(Network(b"Home", b"right password"), "t" * 32, "mqtt://x")
    stored = credentials()
    assert stored.candidate.token == "t" * 32 and stored.verified is None and stored.attempt == 1
    stored.accepted("1.0")
    stored.propose(
        Network(b"Caf\xe9 & Co", b"p@ss+w0rd &%?!", True, "1.2.3.4,255.0.0.0,1.1.1.1,1.1.1.1"), "u" * 32
    )
    stored.reject(722, "wrong Wi-Fi password")
    stored = credentials()
    assert stored.candidate is None and stored.error == 722 and stored.firmware == "1.0"
    assert stored.verified.networks[0].ssid == b"Home" and stored.verified.token == "t" * 32


def test_a_failing_save_leaves_memory_as_flash_is():
    flash = formatted()
    stored = credentials()
    stored.propose(Network(b"Home", b"right password"), "t" * 32, "mqtt://x")
    flash.broken = True
    refuses(stored.accepted, "1.0")
    assert stored.candidate and not stored.verified and stored.attempt == 1
    refuses(stored.erase)
    assert stored.candidate and not stored.erasing


def test_what_failed_is_remembered_until_the_next_attempt():
    formatted()
    stored = credentials()
    for count in (1, 2):
        stored.propose(Network(b"Home"), claim="K7QM2X9A")
        stored.reject(703, "refused")
        stored = credentials()
        assert (stored.last, stored.refused) == (b"Home", count)
    stored.propose(Network(b"Home"), claim="K7QM2X9A")
    assert stored.last == b"" and stored.refused == 2
    stored.claimed("t" * 32, "mqtt://x")
    stored.accepted("1.0")
    stored = credentials()
    assert (stored.last, stored.refused) == (b"", 0)


def test_the_last_error_stays_until_the_next_attempt():
    formatted()
    stored = credentials()
    stored.propose(Network(b"Home"), "t" * 32)
    stored.accepted("1.0")
    stored.propose(Network(b"Next"), "t" * 32)
    stored.reject(722, "wrong")
    stored = credentials()
    stored.accepted("1.0")  # online again with what worked before
    stored.ask_again()
    stored.asked()
    stored = credentials()
    assert (stored.error, stored.detail, stored.last) == (722, "wrong", b"Next")
    stored.propose(Network(b"Home"), "t" * 32)
    assert credentials().error == 0


def test_a_refused_token_is_forgotten_when_it_is_accepted_again():
    formatted()
    stored = credentials()
    stored.propose(Network(b"Home"), "t" * 32)
    stored.accepted("1.0")
    stored.ask_again(703, "refused")
    stored = credentials()
    assert stored.error == 703
    stored.accepted("1.0")
    assert credentials().error == 0


def test_where_we_got_online_leads_the_next_time():
    formatted()
    stored = credentials()
    for ssid in (b"Home", b"Shed"):
        stored.propose(Network(ssid), "t" * 32)
        stored.accepted("1.0")
    stored = credentials()
    assert [each.ssid for each in stored.verified.networks] == [
        b"Shed",
        b"Home",
    ] and stored.verified.bssid == b""
    stored.accepted("1.0", stored.verified.networks[1], b"\x02abcde")
    stored = credentials()
    assert [each.ssid for each in stored.verified.networks] == [b"Home", b"Shed"]
    assert stored.verified.bssid == b"\x02abcde"


def test_roaming_writes_flash_once_a_boot():
    flash = formatted()
    stored = credentials()
    stored.propose(Network(b"Home"), "t" * 32)
    stored.accepted("1.0", stored.candidate.networks[0], b"\x02abcde")
    before = flash.count
    stored.accepted("1.0", stored.verified.networks[0], b"\x02fghij")
    assert flash.count == before and credentials().verified.bssid == b"\x02abcde"


def test_a_window_that_nobody_asked_for_is_remembered_until_we_are_online():
    formatted()
    stored = credentials()
    stored.propose(Network(b"Home"), "t" * 32)
    stored.accepted("1.0")
    stored.ask_again(720, "network not found", window=1)
    stored = credentials()
    assert (stored.ask, stored.window, stored.error) == (True, 1, 720)
    stored.asked()
    stored.ask_again()  # the owner's own wish changes nothing about it
    stored.accepted("1.0")
    stored = credentials()
    assert (stored.window, stored.error) == (0, 0)


def test_who_asks_for_a_new_configuration_lets_go_of_a_candidate():
    formatted()
    stored = credentials()
    stored.propose(Network(b"Home"), "t" * 32)
    stored.ask_again()
    assert credentials().ask and credentials().candidate is None


def test_a_candidate_that_resets_the_chip_is_given_up():
    formatted()
    credentials().propose(Network(b"Home"), "t" * 32)
    for _ in range(3):
        assert credentials().tries_candidate()
    stored = credentials()
    assert not stored.tries_candidate()


def test_sixteen_networks_and_the_seventeenth_pushes_out_the_oldest():
    formatted()
    stored = credentials()
    for number in range(NETWORKS + 1):
        stored.propose(
            Network(b"network %02d" % number + b"x" * 22, b"p" * 63, True, "1.2.3.4,2,3,4"), "t" * 32
        )
        stored.accepted("1.0")
    networks = credentials().verified.networks
    assert len(networks) == NETWORKS
    assert networks[0].ssid.startswith(b"network 16") and networks[-1].ssid.startswith(b"network 01")
    assert networks[0].hidden and networks[0].static == "1.2.3.4,2,3,4" and networks[0].password == b"p" * 63


def test_a_record_as_version_1_wrote_it():
    """From the firmware of 22 November 2026, byte for byte; it must load in every later version."""
    formatted()
    with open(FIXTURE, "rb") as record, open("/flash/journal.a", "wb") as slot:
        slot.write(record.read())
    stored = credentials()
    assert (stored.attempt, stored.error, stored.detail) == (3, 722, "wrong Wi-Fi password")
    assert stored.ask and stored.firmware == "0.1.0" and not stored.newer and not stored.erasing
    verified, candidate = stored.verified, stored.candidate
    assert (verified.token, verified.server, verified.claim) == ("B" * 32, "blynk.cloud", "")
    first, second = verified.networks
    assert first.ssid == bytes(range(1, 33)) and first.password == b"0123456789abcdef" * 4 and first.hidden
    assert first.static == "192.168.1.20,255.255.255.0,192.168.1.1,9.9.9.9"
    assert (second.ssid, second.password) == (b"Caf\xc3\xa9 & Co", b"p@ss+w0rd &%?!")
    assert not second.hidden and second.static == ""
    assert (candidate.claim, candidate.token, candidate.tries) == ("K7QM2X9A", "", 0)
    assert candidate.networks[0].ssid == b"Third" and candidate.networks[0].password == b""


def test_after_a_downgrade_the_owner_is_told_and_may_configure_anew():
    formatted()
    provisioned(credentials())
    age("journal.b", 2)
    stored = credentials()
    assert stored.newer and stored.error == 700 and "newer firmware" in stored.detail
    assert not (stored.verified or stored.candidate)
    refuses(stored.ask_again)  # nobody but the owner puts it out of force
    assert stored.newer and credentials().newer
    stored.propose(Network(b"Next"), TOKEN)
    assert not stored.newer and not stored.error
    stored = credentials()
    assert not stored.newer and stored.candidate.networks[0].ssid == b"Next"


def test_fields_of_a_later_firmware_of_the_same_version_are_kept():
    formatted()
    stored = credentials()
    provisioned(stored)
    journal = Journal(Files("/flash/"))
    journal.save(journal.load() + [(9, b"of the device"), (16 + 9, b"of the account"), (60, b"beyond")])
    stored = credentials()
    assert stored.candidate is None
    stored.reject(722, "wrong")
    stored.propose(Network(b"Next"), TOKEN)
    kept = Journal(Files("/flash/")).load()
    for field in ((9, b"of the device"), (16 + 9, b"of the account"), (60, b"beyond")):
        assert field in kept, field
    stored.erase()
    stored.erased()
    assert [key for key, _ in Journal(Files("/flash/")).load()] == [1]


def test_a_record_that_makes_no_sense_does_not_keep_the_device_from_starting():
    formatted()
    provisioned(credentials())
    for field in ((1, b"ab"), (2, b"\1"), (5, b""), (16, b"\xff\xfe"), (18, b"\0"), (18, b""), (36, b"")):
        journal = Journal(Files("/flash/"))
        journal.load()
        journal.save([(1, b"\7\0\0\0"), field])
        stored = credentials()
        assert not (stored.verified or stored.candidate or stored.error or stored.erasing), field
        stored.propose(Network(b"Home"), TOKEN)
        assert credentials().candidate.token == TOKEN


def test_erase_leaves_only_the_attempt_number():
    formatted()
    stored = credentials()
    stored.propose(Network(b"Home", PASSWORD), TOKEN, "mqtt://x", CLAIM)
    stored.accepted("1.0")
    stored.erase()
    again = credentials()
    assert (again.verified, again.candidate, again.error, again.attempt) == (None, None, 0, 1)
    assert again.erasing == 1
    again.erase()
    assert credentials().erasing == 2
    again.erased()
    assert credentials().erasing == 0 and credentials().attempt == 1
    for name in os.listdir("/flash"):
        with open("/flash/" + name, "rb") as slot:
            content = slot.read()
        for secret in (PASSWORD, TOKEN.encode(), CLAIM.encode()):
            assert secret not in content


def test_the_same_bytes_in_nvs():
    """Small records and large ones, in buffers that grow; a full NVS is a failing save."""
    chip = NVS.blank()
    stored = Credentials(Journal(NVS.attach(chip)))
    assert stored.verified is None
    for number in range(NETWORKS):
        stored.propose(Network(b"network %02d" % number, b"p" * 63), TOKEN, "mqtt://x")
        stored.accepted("1.0")
    journal = Journal(NVS.attach(chip))
    stored = Credentials(journal)
    assert len(stored.verified.networks) == NETWORKS and stored.attempt == NETWORKS
    for filler in range(20):
        try:
            chip.set_blob("other%d" % filler, bytes(1000))
        except OSError as e:
            assert e.errno == -4357
            break
    refuses(journal.save, [(1, bytes(3000))])
    assert len(Credentials(Journal(NVS.attach(chip))).verified.networks) == NETWORKS
