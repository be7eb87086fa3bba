"""What happens in a household, a row at a time: elapsed seconds, the light, the device's state, and words."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from rich.console import Console
from rich.text import Text

from firstlight.phone import Step


class Terminal(Console):
    """A console that, when nobody reads it any more, falls silent and ends the program as Ctrl-C does."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGINT)


class Timeline:
    """Prints what happens: elapsed seconds, the device's state, its light, and words.

    A state's log line and its light reach us by different ways: rows wait until the light has shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._state = ""
        self._light = ""
        self._waiting: list[tuple[float, str, str, str]] | None = None  # None: the light is known

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def say(self, who: str, words: str, style: str = "") -> None:
        """Print one row, now or when the light of the state has shown."""
        row = (self.elapsed, who, words, style)
        if self._waiting is None:
            self._print(*row)
        else:
            self._waiting.append(row)

    def event(self, event: dict[str, Any]) -> None:
        """Take an event of the device."""
        kind = event["event"]
        if kind == "led" and event["rgb"] != "000000":
            self._light = event["rgb"]
            self.flush()
        elif kind == "state":
            self.flush()
            self._state = event["state"]
            if event["state"] == "REBOOT":  # keeps the light it had
                self.say("device", event["state"])
            else:
                self._waiting = []
                self.say("device", event["state"])
        elif kind == "ap" and event["up"]:
            self.say("device", f"access point {event['ssid']!r} at {event['url']}")
        elif kind == "reset":
            self.say("device", "resets")
        elif kind == "log":
            self._log(event["line"])

    def step(self, step: Step) -> None:
        """Take a step of the phone."""
        self.say("phone", step.text, "yellow" if step.warning else "")

    def flush(self) -> None:
        """Print the rows that wait."""
        rows, self._waiting = self._waiting or (), None
        for row in rows:
            self._print(*row)

    def _log(self, line: str) -> None:
        """Of the device's own log only what a person at home would want to know."""
        words = line.split(" ", 3)
        if len(words) == 4 and words[2] in ("wifi", "cloud", "storage", "app", "button", "portal", "agent"):
            self.say("device", words[3], "red" if words[1] == "E" else "yellow" if words[1] == "W" else "")

    def _print(self, elapsed: float, who: str, words: str, style: str) -> None:
        row = Text(f"{elapsed:5.1f} s  ")
        row.append("● " if self._light else "○ ", style="#" + _bright(self._light) if self._light else "dim")
        row.append(f"{self._state:<17}", style="dim")
        row.append(f"{who:<8}", style="bold")
        row.append(words, style="bold cyan" if words == self._state else style)
        self._console.print(row, soft_wrap=True)


def _bright(rgb: str) -> str:
    """The same hue at full brightness: the first step of a wave is too dark to read."""
    parts = [int(rgb[at : at + 2], 16) for at in (0, 2, 4)]
    top = max(parts) or 1
    return "".join(f"{part * 255 // top:02X}" for part in parts)
