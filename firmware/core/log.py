"""Log lines `ms level tag text` on the console; registered secrets are struck out."""

import sys
from io import StringIO
from time import ticks_ms

from micropython import const

_SECRETS = const(24)  # sixteen passwords, and tokens
_SHORTEST = const(8)  # striking out less would garble innocent lines

_secrets = []


def hide(secret):
    """Strike this text out of every later line; the oldest of many is let go."""
    if len(secret) >= _SHORTEST and secret not in _secrets:
        if len(_secrets) == _SECRETS:
            _secrets.pop(0)
        _secrets.append(secret)


def redact(text):
    for secret in _secrets:
        if secret in text:
            text = text.replace(secret, "***")
    return text


def info(tag, *words):
    _line("I", tag, words)


def warn(tag, *words):
    _line("W", tag, words)


def error(tag, *words):
    _line("E", tag, words)


def exception(tag, error):
    """The traceback, a line at a time, so that it too is redacted."""
    try:
        text = StringIO()
        sys.print_exception(error, text)  # pyright: ignore[reportArgumentType]  the stub wants a file
        text = text.getvalue()  # pyright: ignore[reportAttributeAccessIssue]  the ESP8266 stub lacks it
        for line in text.split("\n"):
            if line:
                _line("E", tag, (line,))
    except MemoryError:  # may be what is to be told
        _line("E", tag, (type(error).__name__,))


def text(data):
    """Bytes as text for people: what is not UTF-8 shows as `%XX`."""
    try:
        return bytes(data).decode()
    except UnicodeError:
        return "".join([chr(byte) if 32 <= byte < 127 else "%{:02X}".format(byte) for byte in data])


def _line(level, tag, words):
    try:
        print(ticks_ms(), level, tag, redact(" ".join([str(word) for word in words])))
    except MemoryError:  # who has something to say goes on
        print(level, tag, "MemoryError: a line was lost")
