"""A board on a serial port, over mpremote's raw REPL: one line of remedy for whatever can go wrong there."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from serial.tools import list_ports

from firstlight.errors import UserError

PIECE = 384  # bytes to send at a time: 512 characters, which an ESP8266 has room for several times over
_BAUD = 115200
_SILENCE_S = 10  # the longest that a board may say nothing; erasing flash is what takes longest
_ATTEMPTS, _ATTEMPT_S = 7, 1.5  # to get its attention; a scan may hold it for seconds
_POLL_S = 0.1
_GO_ON = b"\r\x03\x03\x02\x04"  # end what runs, leave the raw REPL, soft reset
_RETURN_S = 10  # a board with USB of its own leaves the bus at a reset, and comes back


class Board:
    """A connected board whose program was interrupted. Use it in `with`: on leaving, the program goes on."""

    def __init__(self, port: str) -> None:
        """Open the port and soft-reset the board into its raw REPL: boot.py runs, main.py does not.

        Raises UserError when there is no such port, it may not be used, or no MicroPython answers.
        """
        self.port = port
        self._interrupted = True
        self._transport = _open(port)
        try:
            self._enter()
        except BaseException:
            self.close()
            raise

    def _enter(self) -> None:
        """A board that has just been reset, by the opening of its port perhaps, is deaf for a moment."""
        for attempt in range(_ATTEMPTS):
            try:
                self._transport.serial.timeout = _POLL_S
                with (
                    self._explained(),
                    contextlib.redirect_stdout(io.StringIO()),
                ):  # mpremote prints what it read
                    self._transport.enter_raw_repl(soft_reset=True, timeout_overall=_ATTEMPT_S)
                break
            except UserError:
                if attempt == _ATTEMPTS - 1:
                    raise
        self._transport.serial.timeout = _SILENCE_S

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the port. A program that was interrupted starts anew, by a soft reset."""
        if self._interrupted:
            self._interrupted = False
            with contextlib.suppress(OSError, serial.SerialException):
                self._transport.serial.write(_GO_ON)
                self._transport.serial.flush()
        with contextlib.suppress(OSError):
            self._transport.close()

    def run(self, code: str, on_line: Callable[[str], None] | None = None) -> list[str]:
        """Run code on the board; returns the lines that it printed. on_line: called with each as it comes.

        Raises DeviceError for what the code raised, UserError when the board has gone.
        """
        lines = Lines()
        printed = []

        def hear(data: bytes) -> None:
            for line in lines.feed(data.replace(b"\x04", b"")):
                printed.append(line)
                if on_line:
                    on_line(line)

        with self._explained():
            self._transport.exec(code, data_consumer=hear)
        return printed + lines.rest()

    def value(self, expression: str) -> object:
        """The value of an expression that is a literal. Raises as run() does."""
        return ast.literal_eval("\n".join(self.run(f"print(repr({expression}))")))

    def reset(self) -> None:
        """As its reset button does. No more code can be run afterwards; see follow()."""
        with self._explained():
            self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
        self._interrupted = False

    def follow(self, seconds: float) -> Iterator[str]:
        """The lines it prints within this time. A port that goes away at a reset is opened again."""
        deadline = time.monotonic() + seconds
        lines = Lines()
        while time.monotonic() < deadline:
            try:
                self._transport.serial.timeout = _POLL_S
                data = self._transport.serial.read(self._transport.serial.in_waiting or 1)
            except (OSError, serial.SerialException):
                self.close()
                self._transport = _reopen(self.port, min(deadline, time.monotonic() + _RETURN_S))
                continue
            yield from lines.feed(data)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except TransportExecError as error:
            raise DeviceError(error.error_output) from None
        except TransportError as error:
            raise UserError(
                f"{self.port}: no MicroPython answers ({_short(error)}); press the board's reset button, "
                "and see that MicroPython is on it"
            ) from None
        except (OSError, serial.SerialException) as error:
            raise UserError(f"{self.port}: the board has gone ({_short(error)}); check the cable") from None


class DeviceError(UserError):
    """What code raised on the board. `kind` is the exception's name, `traceback` all that it printed."""

    def __init__(self, traceback: str) -> None:
        self.traceback = traceback
        last = (traceback.strip().splitlines() or ["?"])[-1].strip()
        self.kind = last.partition(":")[0]
        super().__init__(f"on the board: {last}")


class Lines:
    """Bytes as they come, whole lines out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that these bytes end."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [line.rstrip(b"\r").decode(errors="replace") for line in whole]

    def rest(self) -> list[str]:
        """A last line without an end."""
        return [self._rest.decode(errors="replace")] if self._rest else []


def usable(port: str) -> None:
    """Raise UserError when there is no such port, or it may not be used."""
    if "://" in port:  # those are network ports, which pyserial knows how to open
        return
    if not os.path.exists(port):
        raise UserError(f"{port}: there is no such port; {_known()}")
    if not os.access(port, os.R_OK | os.W_OK):
        raise UserError(f"{port}: you may not use it; join the group that owns it, dialout as a rule")


def _open(port: str) -> SerialTransport:
    usable(port)
    try:
        return SerialTransport(port, baudrate=_BAUD, timeout=_SILENCE_S)
    except (TransportError, OSError, ValueError):
        raise UserError(
            f"{port}: cannot be opened; is it a serial port, and does no other program have it?"
        ) from None


def _reopen(port: str, deadline: float) -> SerialTransport:
    while True:
        time.sleep(_POLL_S)
        try:
            return _open(port)
        except UserError:
            if time.monotonic() > deadline:
                raise UserError(
                    f"{port}: the board did not come back after its reset; plug it in anew"
                ) from None


def _known() -> str:
    """The ports that boards are on; those of a mainboard have no USB vendor."""
    ports = [info.device for info in list_ports.comports() if info.vid is not None]
    return f"there are {', '.join(sorted(ports))}" if ports else "no board is plugged in"


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
