"""What shows a colour: one lamp, three lamps, or a WS2812."""

from machine import PWM, Pin
from micropython import const

_FREQUENCY = const(1000)  # Hz: the highest that an ESP8266 has


def driver(led, pins, inverted):
    """The driver for a board's LED, which is "mono", "rgb" or "ws2812"."""
    return Ws2812(pins[0]) if led == "ws2812" else Lamps(pins, inverted)


def gamma(value):
    """The duty, 0 to 65535, that looks as bright as `value`, 0 to 255: x^2.2, by x²·(2 + 3x)/(3 + 2x)."""
    return value * value * (510 + 3 * value) // (765 + 2 * value) * 257 // 255


class Lamps:
    """PWM: one lamp, which has a brightness only, or three for red, green, blue."""

    def __init__(self, pins, inverted):
        self._flip = 65535 if inverted else 0
        self._lamps = []
        for pin in pins:
            lamp = PWM(Pin(pin), freq=_FREQUENCY, duty_u16=self._flip)
            lamp.duty_u16(self._flip)  # an ESP8266 scales the constructor's value wrongly
            self._lamps.append(lamp)

    def show(self, colour, light):
        """Show 0xRRGGBB as bright as `light`, 0 to 255."""
        lamps = self._lamps
        if len(lamps) == 3:
            lamps[0].duty_u16(gamma((colour >> 16) * light // 255) ^ self._flip)
            lamps[1].duty_u16(gamma((colour >> 8 & 255) * light // 255) ^ self._flip)
            lamps[2].duty_u16(gamma((colour & 255) * light // 255) ^ self._flip)
        else:
            lamps[0].duty_u16(gamma(light if colour else 0) ^ self._flip)


class Ws2812:
    def __init__(self, pin):
        from neopixel import NeoPixel

        self._pixel = NeoPixel(Pin(pin), 1)

    def show(self, colour, light):
        """Show 0xRRGGBB as bright as `light`, 0 to 255. Setting a pixel would take a tuple, so memory."""
        pixel = self._pixel
        order = pixel.ORDER
        pixel.buf[order[0]] = (gamma((colour >> 16) * light // 255) + 128) // 257
        pixel.buf[order[1]] = (gamma((colour >> 8 & 255) * light // 255) + 128) // 257
        pixel.buf[order[2]] = (gamma((colour & 255) * light // 255) + 128) // 257
        pixel.write()
