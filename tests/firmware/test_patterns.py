import micropython

from led.patterns import PATTERNS, level, wait
from provisioning.agent import NEXT, REBOOT


def test_every_state_but_reboot_has_a_pattern():
    for state in NEXT:
        assert (state in PATTERNS) == (state != REBOOT), state


def test_blinks_as_in_the_table():
    wait_config = PATTERNS["WAIT_CONFIG"]
    assert wait_config[0] == 0x0000FF
    assert [level(wait_config, ms) for ms in (0, 49, 50, 549, 550)] == [255, 255, 0, 0, 255]
    assert [wait(wait_config, ms) for ms in (0, 30, 50, 540)] == [50, 20, 500, 10]


def test_the_table_of_the_design():
    green, white, blue = 0x24C48E, 0xFFFFFF, 0x0000FF
    assert PATTERNS["IDLE"][1:] == (50, 2000)
    assert PATTERNS["CONFIGURING"] == (blue, 200, 200)
    assert PATTERNS["CONNECTING_NET"] == (green, 50, 500)
    assert PATTERNS["CONNECTING_CLOUD"] == (green, 100, 100)
    assert PATTERNS["RUNNING"] == (green, -5000)
    assert PATTERNS["OTA_UPGRADE"] == (0xFF00FF, 50, 50)
    assert PATTERNS["RESET_CONFIG"] == (white,) and PATTERNS["ERASED"] == (blue,)
    assert PATTERNS["ERROR"] == (0xFF0000, 80, 100, 80, 1000)
    assert PATTERNS["HOLD"][0] == white and PATTERNS["HOLD"][1] < 0
    assert PATTERNS["HOLD_ERASE"] == (white, 50, 200)


def test_heartbeat_has_two_beats():
    beat = PATTERNS["ERROR"]
    assert [level(beat, ms) for ms in (0, 79, 80, 179, 180, 259, 260, 1259, 1260)] == [
        255,
        255,
        0,
        0,
        255,
        255,
        0,
        0,
        255,
    ]


def test_wave_rises_and_falls_with_at_most_50_steps_a_second():
    wave = PATTERNS["RUNNING"]
    assert level(wave, 0) == 0 and level(wave, 2500) == 255 and level(wave, 5000) == 0
    assert abs(level(wave, 1250) - level(wave, 3750)) <= 1
    assert wait(wave, 0) >= 20


def test_a_steady_light_never_wakes():
    assert wait(PATTERNS["RESET_CONFIG"], 12345) == 0 and level(PATTERNS["RESET_CONFIG"], 5) == 255


def test_no_allocation():
    patterns = [PATTERNS[name] for name in ("RUNNING", "ERROR", "WAIT_CONFIG", "RESET_CONFIG")]
    micropython.heap_lock()
    try:
        for pattern in patterns:
            for ms in range(0, 6000, 37):
                level(pattern, ms)
                wait(pattern, ms)
    finally:
        micropython.heap_unlock()
