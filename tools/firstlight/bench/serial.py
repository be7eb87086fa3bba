"""The serial port of a virtual device: a pseudo-terminal for mpremote and its like, REPL included."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import termios
import time
import tty

_ATTACH = "import fcntl, runpy, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); \
sys.argv.pop(0); runpy.run_module('micropython_unix', run_name='__main__')"
# How MicroPython is started so that Ctrl-C on its terminal interrupts it.
STARTER = ("-c", _ATTACH, "micropython")

_CTRL_A, _CTRL_B, _CTRL_C = b"\x01", b"\x02", b"\x03"
_BACKLOG = 16384  # bytes kept for a reader who is not there yet
_READER_S = 10.0  # who has read nothing for so long is not there
_UNWIND_S = 5.0  # so long an interrupted program, or boot.py, has to come to the prompt


class Serial:
    """The port, which outlives the resets of the chip behind it. `port` is the path to open."""

    def __init__(self) -> None:
        self._outside, self._held = _terminal()
        self._inside = self._chip = -1
        self._writer: asyncio.ReadTransport | None = None
        self._out = b""
        self._in = b""
        self._last = b""
        self._interrupted = 0.0
        self._heard = True
        self._listening = False
        self.port = os.ttyname(self._held)
        self.raw_repl = False  # whether the host has asked for the raw REPL: a soft reset leads back to it
        os.set_blocking(self._outside, False)
        asyncio.get_running_loop().add_reader(self._outside, self._hear)

    async def attach(self) -> tuple[int, asyncio.StreamReader]:
        """A new run of the chip: its end of the line, to be closed by the caller, and what it says."""
        self.detach()
        self._inside, chip = _terminal(termios.ISIG)
        os.set_blocking(self._inside, False)
        reader = asyncio.StreamReader()
        pipe = os.fdopen(os.dup(self._inside), "rb", buffering=0)
        protocol = asyncio.StreamReaderProtocol(reader)
        self._writer, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        self._in, self._interrupted, self._listening = b"", 0.0, False
        return chip, reader

    def hang_up(self) -> None:
        """The chip is about to lose its power: what it still has to say waits for nobody."""
        self._heard = self._listening = False

    def detach(self) -> None:
        """The chip has lost its power."""
        self._listening = False
        if self._writer:
            self._writer.close()
            self._writer = None
        if self._inside >= 0:
            os.close(self._inside)
            self._inside = -1

    def close(self) -> None:
        """Pull the plug."""
        self.detach()
        if self._outside >= 0:
            asyncio.get_running_loop().remove_reader(self._outside)
            asyncio.get_running_loop().remove_writer(self._outside)
            os.close(self._outside)
            os.close(self._held)
            self._outside = -1

    async def say(self, data: bytes) -> None:
        """What the chip prints: a line ends with CR and LF on a board. Waits for a reader who is at it."""
        text = re.sub(rb"(?<!\r)\n", b"\r\n", self._last + data)[len(self._last) :]
        self._last = data[-1:] if data.endswith(b"\r") else b""
        self._out += text
        self._flush()
        deadline = time.monotonic() + _READER_S
        while len(self._out) > _BACKLOG and self._heard and time.monotonic() < deadline:
            before = len(self._out)
            await asyncio.sleep(0.005)
            if len(self._out) < before:
                deadline = time.monotonic() + _READER_S
        self._heard = len(self._out) <= _BACKLOG
        self._out = self._out[-_BACKLOG:]

    def type(self, data: bytes) -> None:
        """What the host sends."""
        for code in data:
            if bytes([code]) in (_CTRL_A, _CTRL_B):
                self.raw_repl = bytes([code]) == _CTRL_A
        self._in += data
        self._pass_on()

    def listen(self) -> None:
        """The chip's software has started; after a soft reset from the raw REPL it leads back to it."""
        self._listening = True
        if self.raw_repl:
            self._in = _CTRL_A
            self._interrupted = time.monotonic()
        self._pass_on()

    def _hear(self) -> None:
        with contextlib.suppress(OSError):
            self.type(os.read(self._outside, 4096))

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # nobody reads for the moment
            self._out = self._out[os.write(self._outside, self._out) :]
            self._heard = True
        if self._out:
            loop.add_writer(self._outside, self._flush)
        else:
            loop.remove_writer(self._outside)

    def _pass_on(self) -> None:
        """Give the chip what was typed. What follows a Ctrl-C waits: a terminal drops it, a UART does not."""
        while self._in and self._inside >= 0:
            if self._interrupted:
                if _running(self._inside) and time.monotonic() < self._interrupted + _UNWIND_S:
                    asyncio.get_running_loop().call_later(0.01, self._pass_on)
                    return
                self._interrupted = 0.0
            part, stop, rest = self._in.partition(_CTRL_C)
            if stop and _running(self._inside):
                self._interrupted = time.monotonic()
            with contextlib.suppress(OSError):  # nobody listens: the bytes of a UART are lost, too
                os.write(self._inside, part + stop)
            self._in = rest


def _running(terminal: int) -> bool:
    """Whether a program runs; at its prompt MicroPython takes Ctrl-C as a character."""
    return bool(termios.tcgetattr(terminal)[3] & termios.ISIG)


def _terminal(flags: int = 0) -> tuple[int, int]:
    """A pair of ends that changes no byte, with these local flags."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    attributes = termios.tcgetattr(slave)
    attributes[3] |= flags and flags | termios.NOFLSH
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    return master, slave
