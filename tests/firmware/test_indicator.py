import asyncio
import sys

import micropython

from led.indicator import Indicator


class Lamp:
    def __init__(self):
        self.red = self.green = self.blue = -1
        self.steps = 0

    def show(self, red, green, blue):
        self.red, self.green, self.blue = red, green, blue
        self.steps += 1


async def test_shows_the_pattern_and_its_colour():
    lamp = Lamp()
    indicator = Indicator(lamp)
    indicator.show("WAIT_CONFIG")
    await asyncio.sleep_ms(20)
    assert (lamp.red, lamp.green, lamp.blue) == (0, 0, 255)
    await asyncio.sleep_ms(60)
    assert (lamp.red, lamp.green, lamp.blue) == (0, 0, 0)
    indicator.show("RESET_CONFIG")  # not after the 500 ms that the blink would sleep
    await asyncio.sleep_ms(5)
    assert (lamp.red, lamp.green, lamp.blue) == (255, 255, 255)


async def test_the_button_covers_the_state_and_gives_it_back():
    lamp = Lamp()
    indicator = Indicator(lamp)
    indicator.show("RESET_CONFIG")
    indicator.cover("HOLD_ERASE")
    await asyncio.sleep_ms(70)
    assert lamp.red == 0
    indicator.show("ERASED")  # meanwhile the state changes
    await asyncio.sleep_ms(5)
    indicator.cover(None)
    await asyncio.sleep_ms(5)
    assert (lamp.red, lamp.green, lamp.blue) == (0, 0, 255)


async def test_brightness_scales():
    lamp = Lamp()
    Indicator(lamp, brightness=51).show("RESET_CONFIG")
    await asyncio.sleep_ms(5)
    assert lamp.red == 51


async def test_a_steady_light_takes_one_step_and_a_wave_at_most_50_a_second():
    lamp = Lamp()
    indicator = Indicator(lamp)
    indicator.show("ERASED")
    await asyncio.sleep_ms(200)
    assert lamp.steps == 1
    indicator.show("RUNNING")
    await asyncio.sleep_ms(500)
    assert 5 < lamp.steps - 1 <= 25


async def test_a_step_allocates_nothing():
    indicator = Indicator(Lamp())
    indicator.show("RUNNING")
    await asyncio.sleep_ms(5)
    micropython.heap_lock()
    try:
        for _ in range(50):
            indicator.step()
    finally:
        micropython.heap_unlock()


class Machine:
    """Pins and PWM that remember their last duty."""

    duties = {}

    @staticmethod
    def Pin(number):
        return number

    class PWM:
        def __init__(self, pin, freq, duty_u16):
            self.pin = pin
            self.duty_u16(duty_u16)

        def duty_u16(self, value):
            assert 0 <= value <= 65535
            Machine.duties[self.pin] = value


def test_drivers():
    sys.modules["machine"] = Machine
    from led.drivers import driver

    duties = Machine.duties
    driver("rgb", (15, 12, 13), False).show(255, 128, 0)
    assert (duties[15], duties[12], duties[13]) == (65535, 128 * 257, 0)
    lamp = driver("mono", (2,), True)
    assert duties[2] == 65535  # dark from the start
    lamp.show(0, 100, 255)
    assert duties[2] == 0
    driver("none", (), False).show(1, 2, 3)


class Pixels:
    def __init__(self, pin, count):
        self.buf = bytearray(3 * count)
        Pixels.last = self

    def write(self):
        self.written = bytes(self.buf)


class Neopixel:
    NeoPixel = Pixels


def test_ws2812_is_in_wire_order():
    sys.modules["machine"] = Machine
    sys.modules["neopixel"] = Neopixel
    from led.drivers import driver

    driver("ws2812", (8,), False).show(1, 2, 3)
    assert Pixels.last.written == bytes((2, 1, 3))
