"""A device's events for people, in colour, and calm: a light that blinks or breathes is one line."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

_WINDOW_MS = 1000  # a light's colour is the brightest of so long
_DARK_MS = 4000  # and it is off when it was dark for so long
_DARK = "000000"
_LEVELS = {"W": "yellow", "E": "bold red"}


class People:
    """Prints events to a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._colour = _DARK  # what was last told
        self._brightest = _DARK
        self._window = 0
        self._lit = 0
        self._rgb = _DARK

    def __call__(self, event: dict) -> None:
        """Print one event, or take it into account."""
        if event["event"] == "led":
            return self._light(event)
        text = self._text(event)
        if text is not None:
            self._print(event["ms"], text)

    def _print(self, ms: int, text: Text) -> None:
        self._console.print(Text(f"{ms / 1000:9.3f}  ", style="dim") + text, soft_wrap=True)

    def _text(self, event: dict) -> Text | None:
        kind = event["event"]
        if kind == "log":
            level = event["line"].split(" ", 2)[1:2]
            return Text(event["line"], style=_LEVELS.get(level[0] if level else "", ""))
        if kind == "boot":
            return Text(f"boot: {event['cause']}, {event['board']}, {event['mac']}", style="bold")
        if kind == "serial":
            return Text(f"serial port: {event['port']}", style="bold cyan")
        if kind == "ap" and event["up"]:
            return Text(f"access point “{event['ssid']}” is up: {event['url']}", style="bold cyan")
        if kind == "ap":
            return Text("access point is down", style="cyan")
        if kind == "reset":
            return Text(f"reset: {event['cause']}", style="bold")
        if kind == "halt":
            return Text("the firmware has ended; `reset` starts it again", style="bold red")
        if kind == "off":
            return Text("no power; `power-on` gives it some", style="bold")
        return None  # a state is in the log line before it

    def _light(self, event: dict) -> None:
        ms, rgb = event["ms"], event["rgb"]
        dark_for = ms - self._lit if self._rgb == _DARK else 0
        if rgb != _DARK or self._rgb != _DARK:
            self._lit = ms
        self._rgb = rgb
        if dark_for >= _DARK_MS:
            self._colour = _DARK
        if ms - self._window >= _WINDOW_MS:
            self._window, self._brightest = ms, _DARK
        if sum(bytes.fromhex(rgb)) <= sum(bytes.fromhex(self._brightest)):
            return
        self._brightest = rgb
        if not _alike(rgb, self._colour):
            self._colour = rgb
            self._print(ms, Text("light ") + Text("●", style=f"#{_full(rgb)}") + Text(f" {rgb}"))


def _full(rgb: str) -> str:
    """The colour at full brightness."""
    parts = bytes.fromhex(rgb)
    most = max(parts) or 1
    return "".join(f"{part * 255 // most:02X}" for part in parts)


def _alike(rgb: str, other: str) -> bool:
    """Whether two colours are one but for brightness; a dim one is known coarsely."""
    if _DARK in (rgb, other):
        return rgb == other
    pairs = zip(bytes.fromhex(_full(rgb)), bytes.fromhex(_full(other)), strict=True)
    return all(abs(one - two) < 96 for one, two in pairs)
