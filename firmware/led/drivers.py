"""What shows a colour: one lamp, three lamps, or a WS2812."""

from machine import PWM, Pin
from micropython import const

_FREQUENCY = const(1000)  # Hz: the highest that an ESP8266 has


def driver(kind, pins, inverted):
    """The driver for a board's LED; kind is "mono", "rgb", "ws2812" or "none"."""
    if kind == "ws2812":
        return Ws2812(pins[0])
    if kind == "none":
        return Lamps((), inverted)
    return Lamps(pins, inverted)


class Lamps:
    """One PWM lamp, which shows the strongest channel, or three for red, green, blue."""

    def __init__(self, pins, inverted):
        self._flip = 65535 if inverted else 0
        self._lamps = []
        for pin in pins:
            lamp = PWM(Pin(pin), freq=_FREQUENCY, duty_u16=self._flip)
            lamp.duty_u16(self._flip)  # an ESP8266 scales the constructor's value wrongly
            self._lamps.append(lamp)

    def show(self, red, green, blue):
        """Set the colour, each channel 0 to 255."""
        lamps = self._lamps
        if len(lamps) == 3:
            lamps[0].duty_u16(red * 257 ^ self._flip)
            lamps[1].duty_u16(green * 257 ^ self._flip)
            lamps[2].duty_u16(blue * 257 ^ self._flip)
        elif lamps:
            lamps[0].duty_u16(max(red, green, blue) * 257 ^ self._flip)


class Ws2812:
    def __init__(self, pin):
        from neopixel import NeoPixel

        self._pixel = NeoPixel(Pin(pin), 1)

    def show(self, red, green, blue):
        """Set the colour, each channel 0 to 255; straight into the buffer, which is in wire order GRB."""
        buffer = self._pixel.buf
        buffer[0] = green
        buffer[1] = red
        buffer[2] = blue
        self._pixel.write()
