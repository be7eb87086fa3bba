"""The colour of a board's light, composed from what its pins do."""

from __future__ import annotations

from firstlight.bench.boards import Board


class Light:
    """Raw reports of pins and pixels in, `RRGGBB` out."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.dark()

    def dark(self) -> None:
        """No power."""
        self._duties: dict[int, int] = {}
        self._pixel = bytes(3)

    def pin(self, gpio: int, duty: int) -> None:
        """A pin is high for duty/255 of the time."""
        self._duties[gpio] = duty

    def pixel(self, gpio: int, grb: str) -> None:
        """The first pixel of a WS2812 chain, as it went over the wire."""
        if gpio in self._board.led_pins and len(grb) == 6:
            self._pixel = bytes.fromhex(grb)

    @property
    def rgb(self) -> str:
        """The colour now. A light of one colour shows as a grey."""
        if self._board.led == "ws2812":
            green, red, blue = self._pixel
        elif self._board.led == "rgb":
            red, green, blue = (self._level(gpio) for gpio in self._board.led_pins)
        elif self._board.led == "mono":
            red = green = blue = self._level(self._board.led_pins[0])
        else:
            red = green = blue = 0
        return f"{red:02X}{green:02X}{blue:02X}"

    def _level(self, gpio: int) -> int:
        if gpio not in self._duties:
            return 0  # an input: the light is off, whichever way round it is wired
        duty = self._duties[gpio]
        return 255 - duty if self._board.led_inverted else duty
