"""Light patterns as rows of data, and the pure arithmetic of time on them."""

_GREEN = 0x24C48E
_WHITE = 0xFFFFFF
_BLUE = 0x0000FF

# name: (colour, ms on, ms off, ms on …). One time with a minus: a wave of that period; none: a steady light.
PATTERNS = {
    "IDLE": (0xFFC000, 50, 2000),
    "WAIT_CONFIG": (_BLUE, 50, 500),
    "CONFIGURING": (_BLUE, 200, 200),
    "CONNECTING_NET": (_GREEN, 50, 500),
    "CONNECTING_CLOUD": (_GREEN, 100, 100),
    "RUNNING": (_GREEN, -5000),
    "OTA_UPGRADE": (0xFF00FF, 50, 50),
    "RESET_CONFIG": (_WHITE,),
    "ERASED": (_BLUE,),
    "ERROR": (0xFF0000, 80, 100, 80, 1000),
    "HOLD": (_WHITE, -2000),
    "HOLD_ERASE": (_WHITE, 50, 200),
}

_WAVE_STEP_MS = 40


def level(pattern, ms):
    """Brightness 0 to 255, `ms` after the pattern began."""
    if len(pattern) == 1:
        return 255
    if pattern[1] < 0:
        phase = ms % -pattern[1] * 510 // -pattern[1]
        return phase if phase < 256 else 510 - phase
    return 255 if _left(pattern, ms) > 0 else 0


def wait(pattern, ms):
    """Milliseconds until the brightness changes; 0 when it never does."""
    if len(pattern) == 1:
        return 0
    if pattern[1] < 0:
        return _WAVE_STEP_MS
    return abs(_left(pattern, ms))


def _left(pattern, ms):
    """What is left of the time that is running, negative while dark."""
    total = 0
    for index in range(1, len(pattern)):
        total += pattern[index]
    ms %= total
    index = 1
    while ms >= pattern[index]:
        ms -= pattern[index]
        index += 1
    left = pattern[index] - ms
    return left if index & 1 else -left
