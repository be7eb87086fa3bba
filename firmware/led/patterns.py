"""Light patterns as rows of data, and the pure arithmetic of time on them."""

from micropython import const

# name, colour, ms on, ms off, ms on … One time with a minus: a wave of that period; none: a steady light.
# One text, not a dictionary: executed in place, it takes no memory.
ROWS = """
IDLE FFC000 50 2000
WAIT_CONFIG 0000FF 50 500
CONFIGURING 0000FF 200 200
CONNECTING_NET 24C48E 50 500
CONNECTING_CLOUD 24C48E 100 100
RUNNING 24C48E -5000
OTA_UPGRADE FF00FF 50 50
RESET_CONFIG FFFFFF
ERASED 0000FF
ERROR FF0000 80 100 80 1000
HOLD FFFFFF -2000
HOLD_ERASE FFFFFF 50 200
"""

_WAVE_STEPS = const(80)  # of one period: 16 a second for the slow wave of RUNNING, which goes on for years


def pattern(name):
    """The row of this name, as numbers: (colour, times). KeyError where there is none."""
    at = ROWS.find("\n" + name + " ")
    if at < 0:
        raise KeyError(name)
    words = ROWS[at : ROWS.find("\n", at + 1)].split()
    return tuple([int(words[1], 16)] + [int(word) for word in words[2:]])


def level(row, ms):
    """Brightness `ms` after the row began: 0 is dark, 1 to 255 are lit. A wave begins at its crest."""
    if len(row) == 1:
        return 255
    period = -row[1]
    if period < 0:
        return 255 if _left(row, ms) > 0 else 0
    x = abs(255 - ms % period * 510 // period)
    return max(1, x * x * (765 - 2 * x) // 65025)  # eased: 3x² - 2x³, and never quite dark


def wait(row, ms):
    """Milliseconds until the brightness changes; 0 when it never does."""
    if len(row) == 1:
        return 0
    if row[1] < 0:
        return -row[1] // _WAVE_STEPS
    return abs(_left(row, ms))


def _left(row, ms):
    """What is left of the time that is running, negative while dark."""
    total = 0
    for index in range(1, len(row)):
        total += row[index]
    ms %= total
    index = 1
    while ms >= row[index]:
        ms -= row[index]
        index += 1
    left = row[index] - ms
    return left if index & 1 else -left
