"""One run of a chip, from power-on or reset to the next: a MicroPython process and the wire to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from firstlight.bench.serial import STARTER, Serial

SIM = Path(__file__).resolve().parents[2] / "sim"
HEAP = "4M"  # bytes are cheap here, and the stand-ins live in the same heap


class Chip:
    """A MicroPython process.

    on_message: called with each message of the stand-ins; on_line: with each line the firmware prints;
    on_exit: when the process ended by itself, with its exit status. serial: its port, where it has one; then
    there is a REPL, too.
    """

    def __init__(
        self,
        on_message: Callable[[dict], None],
        on_line: Callable[[str], None],
        on_exit: Callable[[int], None],
        serial: Serial | None = None,
    ) -> None:
        self._serial = serial
        self._on_message = on_message
        self._on_line = on_line
        self._on_exit = on_exit
        self._killed = False
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._printed: asyncio.StreamReader | None = None
        self._unsent: list[dict] = []
        self._tasks: list[asyncio.Task] = []

    @property
    def pid(self) -> int | None:
        """The process, once it has come to life."""
        return self._process.pid if self._process else None

    async def start(self, config: dict, heap: str | int | None, command: Sequence[str] = ()) -> None:
        """Run launch.py with this description of a board.

        heap: bytes, or text such as "96K". command: what runs it instead, with a heap of its own.
        """
        ours, theirs = socket.socketpair()
        starter, pipe, terminal = ("-m", "micropython_unix"), asyncio.subprocess.PIPE, None
        options = ["-X", f"heapsize={heap or HEAP}", "launch.py"]
        try:
            if self._serial:
                terminal, self._printed = await self._serial.attach()
                starter, pipe, options = STARTER, terminal, ["-i", *options]
            self._process = await asyncio.create_subprocess_exec(
                *(command or (sys.executable, "-I", *starter, *options)),
                str(theirs.fileno()),
                cwd=SIM,
                env={"TZ": "UTC0"},
                stdin=pipe,
                stdout=pipe,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the bench, not for the board
            )
            reader, self._writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()  # a process that was born nevertheless ends at this
            raise
        finally:
            theirs.close()
            if terminal is not None:
                os.close(terminal)
        self._tasks = [asyncio.create_task(self._messages(reader)), asyncio.create_task(self._output())]
        for message in [config, *self._unsent]:
            self.send(message)

    def send(self, message: dict) -> None:
        """Put a message on the wire, behind the config; lost when the process has ended."""
        if self._writer is None:
            self._unsent.append(message)
        elif not self._killed:
            self._writer.write(json.dumps(message).encode() + b"\n")

    def type(self, data: bytes) -> None:
        """Put bytes on its serial console; lost when the process has ended, or has not begun."""
        if self._process and not self._killed:
            (self._serial.type if self._serial else self._process.stdin.write)(data)

    async def _messages(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                if self._killed:
                    return
                self._on_message(json.loads(line))

    async def _output(self) -> None:
        rest = b""
        while data := await self._heard():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._on_line(line.rstrip(b"\r").decode(errors="replace"))
        if rest:
            self._on_line(rest.decode(errors="replace"))
        status = await self._process.wait()
        if not self._killed:
            self._on_exit(status)

    async def _heard(self) -> bytes:
        if not self._serial:
            return await self._process.stdout.read(4096)
        try:
            data = await self._printed.read(4096)
        except OSError:  # how a terminal tells that its other end is closed
            return b""
        await self._serial.say(data)
        return data

    async def kill(self) -> None:
        """SIGKILL: nothing of the firmware runs after it. What it had printed is still delivered."""
        self._killed = True
        if self._process is None or self._writer is None:
            return  # it never came to life
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._serial:
            self._serial.hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
