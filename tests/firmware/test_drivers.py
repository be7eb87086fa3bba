import sys

import micropython

WHITE = 0xFFFFFF


class Machine:
    """Pins and PWM that remember their last duty."""

    duties = {}

    @staticmethod
    def Pin(number):
        return number

    class PWM:
        def __init__(self, pin, freq, duty_u16):
            assert freq <= 1000  # an ESP8266 has no more
            self.pin = pin
            self.duty_u16(duty_u16)

        def duty_u16(self, value):
            assert 0 <= value <= 65535
            Machine.duties[self.pin] = value


class Pixels:
    ORDER = (1, 0, 2, 3)

    def __init__(self, pin, count):
        self.buf = bytearray(3 * count)
        self.writes = 0
        Pixels.last = self

    def write(self):
        self.writes += 1


class Neopixel:
    NeoPixel = Pixels


def drivers():
    """The module under test, on these stand-ins; and the duties that its lamps have."""
    sys.modules["machine"] = Machine
    sys.modules["neopixel"] = Neopixel
    from led import drivers

    return drivers, Machine.duties


def test_gamma_is_within_one_step_of_the_formula():
    gamma = drivers()[0].gamma
    for value in range(256):
        assert abs(gamma(value) - 65535 * (value / 255) ** 2.2) <= 257 / 2, value
    assert gamma(0) == 0 and gamma(255) == 65535
    seen = [gamma(value) for value in range(256)]
    assert seen == sorted(seen) and seen[1:].index(seen[3]) == 2  # rises, in steps fine enough for a dim wave


def test_gamma_stays_a_small_int_on_a_chip():
    """31 bits with sign: anything larger is an object, so memory."""
    assert 255 * 255 * (510 + 3 * 255) < 1 << 30 and 65025 * 257 < 1 << 30


def test_one_lamp_shows_brightness_whatever_the_colour():
    module, duties = drivers()
    lamp = module.driver("mono", (2,), False)
    assert duties[2] == 0
    lamp.show(0x24C48E, 255)
    assert duties[2] == 65535
    lamp.show(0x0000FF, 128)
    assert duties[2] == module.gamma(128)
    lamp.show(0x000000, 255)  # a row that is black
    assert duties[2] == 0


def test_a_lamp_lit_by_a_low_level():
    module, duties = drivers()
    lamp = module.driver("mono", (2,), True)
    assert duties[2] == 65535  # dark from the start
    lamp.show(WHITE, 255)
    assert duties[2] == 0
    lamp.show(WHITE, 0)
    assert duties[2] == 65535


def test_three_lamps():
    module, duties = drivers()
    lamps = module.driver("rgb", (15, 12, 13), False)
    lamps.show(0xFF8000, 255)
    assert (duties[15], duties[12], duties[13]) == (65535, module.gamma(128), 0)
    lamps.show(0xFF8000, 51)
    assert (duties[15], duties[12], duties[13]) == (module.gamma(51), module.gamma(25), 0)
    lamps = module.driver("rgb", (15, 12, 13), True)
    assert (duties[15], duties[12], duties[13]) == (65535, 65535, 65535)
    lamps.show(0xFF0000, 255)
    assert (duties[15], duties[12], duties[13]) == (0, 65535, 65535)


def test_ws2812_in_the_order_of_the_library():
    module, _ = drivers()
    pixel = module.driver("ws2812", (8,), False)
    pixel.show(0xFF8040, 255)
    green, red, blue = Pixels.last.buf
    assert red == 255
    assert abs(green - 255 * (0x80 / 255) ** 2.2) < 1 and abs(blue - 255 * (0x40 / 255) ** 2.2) < 1
    assert Pixels.last.writes == 1
    pixel.show(WHITE, 0)
    assert bytes(Pixels.last.buf) == bytes(3)


def test_a_dim_light_can_still_be_seen():
    """The least that product.py ships with."""
    module, duties = drivers()
    module.driver("mono", (2,), False).show(0x24C48E, 25)
    assert duties[2] * 1024 // 65536 >= 3  # steps of an ESP8266
    module.driver("ws2812", (8,), False).show(0x24C48E, 25)
    assert max(Pixels.last.buf) >= 1


def test_showing_allocates_nothing():
    module, _ = drivers()
    lamps = [
        module.driver("mono", (2,), True),
        module.driver("rgb", (15, 12, 13), False),
        module.driver("ws2812", (8,), False),
    ]
    micropython.heap_lock()
    try:
        for lamp in lamps:
            for light in range(256):
                lamp.show(0x24C48E, light)
    finally:
        micropython.heap_unlock()
