"""The colour of a board's light as the eye sees it, composed from what its pins do."""

from __future__ import annotations

from firstlight.bench.boards import Board

_GAMMA = 2.2


class Light:
    """Raw reports of pins and pixels in, `RRGGBB` out, encoded as a screen wants it: with a gamma of 2.2."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.dark()

    def dark(self) -> None:
        """No power."""
        self._duties: dict[int, int] = {}
        self._pixel = bytes(3)

    def pin(self, gpio: int, duty: int) -> None:
        """A pin is high for duty/65535 of the time."""
        self._duties[gpio] = duty

    def pixel(self, gpio: int, grb: str) -> None:
        """The first pixel of a WS2812 chain, as it went over the wire."""
        if gpio in self._board.led_pins and len(grb) == 6:
            self._pixel = bytes.fromhex(grb)

    @property
    def rgb(self) -> str:
        """The colour now. A light of one colour shows as a grey."""
        if self._board.led == "ws2812":
            green, red, blue = (part / 255 for part in self._pixel)
        elif self._board.led == "rgb":
            red, green, blue = (self._level(gpio) for gpio in self._board.led_pins)
        elif self._board.led == "mono":
            red = green = blue = self._level(self._board.led_pins[0])
        else:
            red = green = blue = 0.0
        return "".join(f"{round(255 * part ** (1 / _GAMMA)):02X}" for part in (red, green, blue))

    def _level(self, gpio: int) -> float:
        if gpio not in self._duties:
            return 0.0  # an input: the light is off, whichever way round it is wired
        duty = self._duties[gpio] / 65535
        return 1.0 - duty if self._board.led_inverted else duty
