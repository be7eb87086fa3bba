"""Lines typed on the serial console while the firmware runs."""

from micropython import const

from core import log

_LONGEST = const(64)
_ERASES = const((8, 127))
_ENDS = const((10, 13))


async def serve(stream, readable, obey):
    """Call obey(line) with each line, for ever; one that is too long or no plain text is noise."""
    line = bytearray()
    plain = True
    while True:
        await readable(stream)
        char = stream.read(1)
        if char is None:
            continue
        if not char:
            return
        code = ord(char)
        if code in _ENDS:
            if plain and line:
                _tell(obey, line.decode())
            line = bytearray()
            plain = True
        elif code in _ERASES:
            line = line[:-1]
        elif 32 <= code < 127 and len(line) < _LONGEST:
            line.append(code)
        else:
            plain = False


def _tell(obey, line):
    """A command that fails, for want of memory above all, is not the device's end."""
    print(">", log.redact(line))
    try:
        obey(line)
    except Exception as e:
        log.exception("console", e)
