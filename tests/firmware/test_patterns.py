import micropython

from led.patterns import ROWS, level, pattern, wait
from provisioning.agent import CONFIG_STATES, REBOOT, RUN_STATES

LIT, DARK = 255, 0
PATTERNS = dict([(row.split()[0], pattern(row.split()[0])) for row in ROWS.strip().split("\n")])


def test_every_state_but_reboot_has_a_pattern():
    for state in set(CONFIG_STATES) | set(RUN_STATES):
        assert (state in PATTERNS) == (state != REBOOT), state


def test_the_table_of_the_design():
    green, white, blue = 0x24C48E, 0xFFFFFF, 0x0000FF
    assert PATTERNS["IDLE"] == (0xFFC000, 50, 2000)
    assert PATTERNS["WAIT_CONFIG"] == (blue, 50, 500)
    assert PATTERNS["CONFIGURING"] == (blue, 200, 200)
    assert PATTERNS["CONNECTING_NET"] == (green, 50, 500)
    assert PATTERNS["CONNECTING_CLOUD"] == (green, 100, 100)
    assert PATTERNS["RUNNING"] == (green, -5000)
    assert PATTERNS["OTA_UPGRADE"] == (0xFF00FF, 50, 50)
    assert PATTERNS["RESET_CONFIG"] == (white,) and PATTERNS["ERASED"] == (blue,)
    assert PATTERNS["ERROR"] == (0xFF0000, 80, 100, 80, 1000)
    assert PATTERNS["HOLD"] == (white, -2000)
    assert PATTERNS["HOLD_ERASE"] == (white, 50, 200)


def test_a_pattern_that_there_is_not():
    for name in ("", "REBOOT", "HOLD_", "IG", "24C48E", "\nIDLE"):
        try:
            pattern(name)
        except KeyError:
            continue
        raise AssertionError(name)


def test_blinks_as_in_the_table():
    row = PATTERNS["WAIT_CONFIG"]
    assert [level(row, ms) for ms in (0, 49, 50, 549, 550)] == [LIT, LIT, DARK, DARK, LIT]
    assert [wait(row, ms) for ms in (0, 30, 50, 540)] == [50, 20, 500, 10]


def test_heartbeat_has_two_beats():
    row = PATTERNS["ERROR"]
    edges = (0, 79, 80, 179, 180, 259, 260, 1259, 1260)
    assert [level(row, ms) for ms in edges] == [LIT, LIT, DARK, DARK, LIT, LIT, DARK, DARK, LIT]


def test_a_wave_falls_and_rises_eased():
    row = PATTERNS["RUNNING"]
    assert level(row, 0) == LIT and level(row, 5000) == LIT
    assert level(row, 2500) == 1  # lit: the driver's least, not dark
    assert abs(level(row, 1250) - 127) <= 2 and abs(level(row, 3750) - 127) <= 2
    seen = [level(row, ms) for ms in range(0, 5000, 25)]
    steps = [abs(seen[at + 1] - seen[at]) for at in range(199)]
    assert max(steps) <= 5  # smooth
    assert max(steps[:5] + steps[95:105]) <= 1  # and slow where it turns
    assert seen[:100] == sorted(seen[:100], reverse=True) and seen[100:] == sorted(seen[100:])


def test_a_wave_takes_at_most_50_steps_a_second():
    for row in PATTERNS.values():
        if row[1:] and row[1] < 0:
            assert wait(row, 1234) >= 20


def test_a_steady_light_never_wakes():
    assert wait(PATTERNS["RESET_CONFIG"], 12345) == 0 and level(PATTERNS["RESET_CONFIG"], 5) == LIT


def test_any_moment_is_in_range():
    """Also after the difference of ticks has wrapped."""
    for row in PATTERNS.values():
        for ms in (0, 1, 4999, 12345678, (1 << 29) - 1, -1, -(1 << 29)):
            assert 0 <= level(row, ms) <= 255 and 0 <= wait(row, ms) <= 2000


def test_no_allocation():
    rows = [row for row in PATTERNS.values()]
    micropython.heap_lock()
    try:
        for row in rows:
            for ms in range(0, 6000, 37):
                level(row, ms)
                wait(row, ms)
    finally:
        micropython.heap_unlock()
