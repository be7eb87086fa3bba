"""Every board module against the facts of its chip, and as a virtual device whose light and button work."""

from __future__ import annotations

import ast
import asyncio

import pytest

import support
from firstlight.bench import boards
from firstlight.board.build import SOURCE

# By chip: GPIOs that a product may use, strapping pins, pins that can only be read (and have no pulls).
# Left out: the flash's (ESP32 6 to 11, S2 and S3 26 to 32, ESP8266 6 to 11), the serial console's, the USB's.
# From PORT-BEHAVIOUR 2, machine_pin.h of the ESP32 port, and the GPIO pages of the IDF's programming guides.
CHIPS = {
    "esp32": ({0, 2, 4, 5, *range(12, 20), 21, 22, 23, 25, 26, 27, *range(32, 40)}, {0, 2, 5, 12, 15}),
    "esp32s2": ({*range(19), 21, *range(33, 43), 45, 46}, {0, 45, 46}),
    "esp32s3": ({*range(19), 21, *range(33, 43), 45, 46, 47, 48}, {0, 3, 45, 46}),
    "esp32c3": ({*range(11)}, {2, 8, 9}),
    "esp32c5": ({*range(11), *range(23, 29)}, {2, 7, 27, 28}),
    "esp32c6": ({*range(12), *range(14, 16), *range(18, 24)}, {4, 5, 8, 9, 15}),
    "esp8266": ({0, 2, 4, 5, 12, 13, 14, 15, 16}, {0, 2, 15}),
}
READ_ONLY = {"esp32": set(range(34, 40)), "esp32s2": {46}}
NO_INTERRUPT = {"esp8266": {16}}  # nor pull, nor PWM
PSRAM = {
    "esp32_wrover": {16, 17},
    "ttgo_t7": {16, 17},
    "ttgo_t7_s3": set(range(33, 38)),  # an octal one
}


@pytest.fixture(params=boards.names())
def board(request):
    return boards.board(request.param)


def test_pins(board):
    usable, strapping = CHIPS[board.chip]
    usable = usable - PSRAM.get(board.name, set())
    read_only, silent = READ_ONLY.get(board.chip, set()), NO_INTERRUPT.get(board.chip, set())
    pins = [*board.led_pins, board.button_pin]
    assert set(pins) <= usable - silent and not set(board.led_pins) & read_only
    assert board.button_pin not in read_only, "it has no pull-up of its own"
    assert len(pins) == len(set(pins)), "a pin does two things"
    assert len(board.led_pins) == {"mono": 1, "rgb": 3, "ws2812": 1, "none": 0}[board.led]
    words = " ".join(
        ast.get_docstring(ast.parse((SOURCE / "boards" / f"{board.name}.py").read_text())).split()
    )
    for pin in pins:
        assert str(pin) in words, f"GPIO {pin} is not in the docstring"
    assert ("strapping" in words) == bool(set(pins) & strapping), "name the strapping pins in the docstring"


USE = """
    import asyncio
    from boards import {name} as board
    from button.button import Button
    from machine import PWM, Pin
    from neopixel import NeoPixel
    if board.LED == "ws2812":
        pixel = NeoPixel(Pin(board.LED_PINS[0]), 1)
        pixel[0] = (255, 255, 255)
        pixel.write()
    for pin in board.LED_PINS if board.LED in ("mono", "rgb") else ():
        pwm = PWM(Pin(pin), freq=1000)
        pwm.duty_u16(0 if board.LED_INVERTED else 65535)
    def tell(what):
        return lambda number: print(what, number)
    button = Button(board.BUTTON_PIN, board.BUTTON_ACTIVE_LOW, 30, 0, (9000,), None, None, tell("clicks"))
    async def main():
        asyncio.create_task(button.run())
        await asyncio.sleep_ms(50)
        print("ready", button.pressed())
        await asyncio.Event().wait()
    asyncio.run(main())
"""


def test_light_and_button(tmp_path, board):
    """On the stand-ins, which refuse what the chip's port refuses."""

    async def scenario():
        parts = ("button/button", "core/log", f"boards/{board.name}")
        main = USE.replace("{name}", board.name)
        async with support.running(tmp_path, main, parts=parts, board=board.name) as device:
            await device.wait("log", line="ready False")
            assert device.led == "FFFFFF"
            await device.hold(0.06)
            await device.wait("log", line="clicks 1")

    asyncio.run(scenario())
