"""Lines out of the bytes that come through the serial console."""

import sys

from core import typed


class Keyboard:
    """Stands for sys.stdin, which has nothing now and then."""

    def __init__(self, data):
        self.data = data
        self.shy = False

    def read(self, count):
        self.shy = not self.shy
        if self.shy:
            return None
        data, self.data = self.data[:count], self.data[count:]
        return data


async def readable(keyboard):
    assert isinstance(keyboard, Keyboard)


async def lines(data):
    told = []
    await typed.serve(Keyboard(data), readable, told.append)
    return told


async def test_lines_end_with_either_or_both():
    assert await lines(b"devinfo\rwifi\nsys info\r\n\r\n") == ["devinfo", "wifi", "sys info"]


async def test_backspace():
    assert await lines(b"\x08devx\x7f\x08vinfo\r") == ["devinfo"]


async def test_noise_and_long_lines_are_ignored_to_their_end():
    assert await lines(b"\xff\xfe\x00reboot\rwifi\r") == ["wifi"]
    assert await lines(b"\x1b[Areboot\rwifi\r") == ["wifi"]
    assert await lines(b"x" * 64 + b"\r") == ["x" * 64]
    assert await lines(b"x" * 65 + b"\r" + b"x" * 5000 + b" reboot\rwifi\r") == ["wifi"]
    assert await lines(b"without an end") == []


async def test_a_failing_command_is_not_the_end():
    told = []

    def obey(line):
        told.append(line)
        raise MemoryError

    await typed.serve(Keyboard(b"a\rb\r"), readable, obey)
    assert told == ["a", "b"]


async def test_it_is_no_more_than_a_reader():
    """The commands are loaded when a line comes, not with it."""
    assert "console" not in sys.modules and "network" not in sys.modules
