from net.reasons import NO_ADDRESS, NOT_FOUND, TIMEOUT, TURNED_AWAY, WRONG_PASSWORD, Outcome, esp8266
from net.reasons_esp32 import failure

IDLE, CONNECTING, GOT_IP = 1000, 1001, 1010

# What status() shows on an ESP32: the code of 802.11 or IDF, except where the port has a number of its own.
# (code, with a password, without one, words)
ESP32 = (
    (1, TURNED_AWAY, TURNED_AWAY, ""),  # unspecified
    (2, WRONG_PASSWORD, TURNED_AWAY, ""),  # authentication expired: no answer, or a router that says no
    (3, TURNED_AWAY, TURNED_AWAY, ""),  # the access point leaves
    (4, TURNED_AWAY, TURNED_AWAY, ""),  # association expired
    (5, TURNED_AWAY, TURNED_AWAY, ", it is full"),
    (6, TURNED_AWAY, TURNED_AWAY, ""),  # not authenticated
    (7, TURNED_AWAY, TURNED_AWAY, ""),  # not associated
    (9, TURNED_AWAY, TURNED_AWAY, ""),
    (13, TURNED_AWAY, TURNED_AWAY, ""),  # an invalid element
    (14, WRONG_PASSWORD, TURNED_AWAY, ""),  # message integrity
    (15, WRONG_PASSWORD, TURNED_AWAY, ""),  # four-way handshake, the usual wrong password
    (16, TURNED_AWAY, TURNED_AWAY, ""),  # group key: the password was right by then
    (17, TURNED_AWAY, TURNED_AWAY, ""),
    (23, WRONG_PASSWORD, TURNED_AWAY, ""),  # 802.1X: a password for each station
    (34, TURNED_AWAY, TURNED_AWAY, ""),  # poor channel
    (39, TIMEOUT, TIMEOUT, ""),
    (53, TURNED_AWAY, TURNED_AWAY, ""),
    (200, NOT_FOUND, NOT_FOUND, ", its signal was lost"),
    (201, NOT_FOUND, NOT_FOUND, ""),
    (202, WRONG_PASSWORD, TURNED_AWAY, ""),
    (203, TURNED_AWAY, TURNED_AWAY, ""),
    (204, WRONG_PASSWORD, TURNED_AWAY, ""),
    (205, WRONG_PASSWORD, TURNED_AWAY, ""),  # the port shows it as 202
    (206, TURNED_AWAY, TURNED_AWAY, ""),
    (207, TURNED_AWAY, TURNED_AWAY, ""),
    (208, TURNED_AWAY, TURNED_AWAY, ""),  # come back later
    (209, TURNED_AWAY, TURNED_AWAY, ""),
    (210, WRONG_PASSWORD, WRONG_PASSWORD, ", its security is another"),
    (211, WRONG_PASSWORD, WRONG_PASSWORD, ", its security is another"),
    (212, NOT_FOUND, NOT_FOUND, ", its signal is too weak"),
)


def outcome(port, *tries, secured=True, associated=False):
    """(reason, detail) after tries given as the readings of status(); the first is the stale one."""
    result = Outcome(port, secured)
    for stale, *readings in tries:
        result.begin(stale)
        over = [result.over(status, False) for status in readings]
        assert not any(over[:-1]), over
        if not over[-1]:
            result.expired(associated)
    return result.reason, result.detail


def test_every_code_of_an_esp32():
    for code, secured, without, words in ESP32:
        detail = "status %d%s" % (code, words)
        assert outcome(failure, (IDLE, CONNECTING, code)) == (secured, detail), code
        assert outcome(failure, (IDLE, code), secured=False) == (without, detail), code
    for status in (IDLE, CONNECTING, GOT_IP):
        assert failure(status, True) is None
    for code in range(1, 256):  # whatever a router makes up
        weight, reason, words = failure(code, True)
        assert 0 <= weight <= 2 * WRONG_PASSWORD and TIMEOUT <= reason <= WRONG_PASSWORD, code


def test_every_status_of_an_esp8266():
    for status, reason in ((2, WRONG_PASSWORD), (3, NOT_FOUND), (4, TURNED_AWAY)):
        assert outcome(esp8266, (0, 1, 1, status)) == (reason, "status %d" % status)
    for status in (0, 1, 5, 255, -1):
        assert esp8266(status, True) is None


def test_time_decides_when_status_says_nothing():
    """1001 or 1 for ever: reason 15 with retries, no answer at all, no address."""
    for port, stale, going_on in ((failure, IDLE, CONNECTING), (failure, IDLE, IDLE), (esp8266, 0, 1)):
        assert outcome(port, (stale, going_on, going_on)) == (TIMEOUT, "")
        assert outcome(port, (stale, going_on, going_on), associated=True) == (NO_ADDRESS, "")


def test_an_earlier_failure_counts_for_nothing():
    """The port still shows it while the next attempt is under way, and goes from there to the address."""
    for code in (15, 201, 202, 203, 210):
        assert outcome(failure, (code, code, code)) == (TIMEOUT, "")
        assert outcome(failure, (code, code, code), associated=True) == (NO_ADDRESS, "")


def test_an_earlier_failure_that_has_changed_or_lasts_too_long_counts():
    result = Outcome(failure, True)
    result.begin(201)
    assert not result.over(201, False) and result.over(15, False)
    assert (result.reason, result.detail) == (WRONG_PASSWORD, "status 15")
    result = Outcome(failure, True)
    result.begin(15)  # 1001 in between: the new attempt's own
    assert not result.over(15, False) and not result.over(CONNECTING, False) and result.over(15, False)
    result = Outcome(failure, True)
    result.begin(201)
    assert not result.over(201, False) and result.over(201, True)
    assert result.reason == NOT_FOUND
    result.begin(CONNECTING)
    assert not result.over(CONNECTING, True)


def test_the_most_telling_of_several_tries():
    def after(*codes, **options):
        return outcome(failure, *[(IDLE, CONNECTING, code) for code in codes], **options)

    assert after(15, 201, 201) == (WRONG_PASSWORD, "status 15")
    assert after(201, 15, 203) == (WRONG_PASSWORD, "status 15")
    assert after(201, 203, 200) == (TURNED_AWAY, "status 203")
    assert after(39, 201, 39) == (NOT_FOUND, "status 201")
    assert after(203, 5, 4) == (TURNED_AWAY, "status 203")
    # 2 may be a wrong password, or a frame that was lost: anything else says more, but for "not found".
    assert after(2, 2, 2) == (WRONG_PASSWORD, "status 2")
    assert after(2, 203, 2) == (TURNED_AWAY, "status 203")
    assert after(2, 201, 2) == (WRONG_PASSWORD, "status 2")
    assert after(2, 15) == (WRONG_PASSWORD, "status 15")
    # Who is associated in the end had the right password.
    assert after(15, CONNECTING, associated=True) == (NO_ADDRESS, "")
    assert after(201, CONNECTING) == (NOT_FOUND, "status 201")
