"""What is made once, at the start. In memory only meanwhile."""

import product
from button.button import Button
from core.clock import to_ms
from main_record import stored
from net.radio import Radio
from provisioning import identity
from provisioning.agent import Agent


def agent(board, indicator, reset):
    """(the agent, the device's name)."""
    radio = Radio()
    mac = radio.mac()
    name = identity.own_name(product, mac)
    radio.hostname(name)
    made = Agent(product, identity.uid(mac), radio, stored(board.CHIP), indicator, reset)
    made.dual = board.CHIP != "esp8266"
    return made, name


def light(board):
    """What plays the patterns; None, and nothing of it loaded, where the board has no light."""
    if board.LED == "none":
        return None
    from led.drivers import driver
    from led.light import Light

    lamp = driver(board.LED, board.LED_PINS, board.LED_INVERTED)
    return Light(lamp, product.PATTERNS, product.LED_BRIGHTNESS, product.LED_MIN_BRIGHTNESS).play


def button(board, phase, release, click):
    """Held 3 s it warns, let go between 10 s and 20 s it erases."""
    phases = [
        to_ms(seconds)
        for seconds in (
            product.BUTTON_NOTICE_S,
            product.BUTTON_ERASE_S,
            product.BUTTON_CANCEL_S,
            product.BUTTON_STUCK_S,
        )
    ]
    return Button(
        board.BUTTON_PIN,
        board.BUTTON_ACTIVE_LOW,
        product.BUTTON_DEBOUNCE_MS,
        product.BUTTON_DOUBLE_MS,
        phases,
        phase,
        release,
        click,
    )
