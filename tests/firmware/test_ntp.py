import os
import random

from net import ntp

MARK = b"\1\2\3\4\5\6\7\x08"
TIME = 1795348800  # 22 November 2026
UNIX = 2208988800


def packet(first=0x24, stratum=2, mark=MARK, seconds=TIME):
    return (
        bytes((first, stratum))
        + bytes(22)
        + mark
        + bytes(8)
        + ((seconds + UNIX) & 0xFFFFFFFF).to_bytes(4, "big")
        + bytes(4)
    )


def refuses(data):
    try:
        ntp.answer(data, MARK)
    except ValueError:
        return True
    return False


def test_the_question_is_a_client_s_and_carries_the_mark():
    data = ntp.question(MARK)
    assert len(data) == 48 and data[0] == 0x23 and data[40:] == MARK and not any(data[1:40])


def test_a_good_answer():
    assert ntp.answer(packet(), MARK) == TIME
    assert ntp.answer(packet(first=0x1C), MARK) == TIME  # version 3
    assert ntp.answer(packet(first=0x64, stratum=15), MARK) == TIME  # a leap second is coming
    assert ntp.answer(packet() + bytes(20), MARK) == TIME  # signed


def test_the_count_starts_anew_in_2036():
    for seconds in (2085978495, 2085978496, 2085978497, 3000000000):
        assert ntp.answer(packet(seconds=seconds), MARK) == seconds


def test_what_is_no_answer_to_us_is_not_heard():
    assert not ntp.answer(packet(mark=bytes(8)), MARK)
    assert not ntp.answer(packet(first=0x23), MARK)  # a client's
    assert not ntp.answer(packet(first=0x25), MARK)  # broadcast
    assert not ntp.answer(packet()[:47], MARK)
    assert not ntp.answer(b"", MARK)


def test_refusals():
    assert refuses(packet(stratum=0))  # kiss of death
    assert refuses(packet(stratum=16))
    assert refuses(packet(first=0xE4))  # it does not know the time itself


def test_random_bytes_do_no_harm():
    for number in range(5000):
        data = bytearray(os.urandom(random.randrange(64)))
        if number % 2 and len(data) >= 48:
            data[24:32] = MARK
        try:
            assert -UNIX < ntp.answer(data, MARK) < 1 << 33
        except ValueError:
            pass
