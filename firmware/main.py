"""Builds the parts, chooses the personality, and has the last word when something breaks."""

import asyncio
import gc
import sys
import time

import machine
from micropython import const

import product
from button.button import Button
from core import log
from core.clock import to_ms
from core.late import forget
from led.indicator import Indicator
from main_record import stored
from net.radio import Radio
from provisioning.agent import CONFIG_STATES, RESET_CONFIG, RUN_STATES, Agent, first_state

# Bytes between two collections of a small heap: what lasts then lies close together. Each takes some ms.
_COLLECT = const(1024)


def run():
    """Never returns, but for Ctrl-C: every end is a reset."""
    indicator = Indicator()
    try:
        asyncio.run(_main(indicator))
    except Exception as e:
        log.exception("main", e)
        indicator.show("ERROR")
        time.sleep(product.ERROR_S)
        machine.reset()
    finally:
        indicator.dark()


async def _main(indicator):
    board = __import__("boards." + product.BOARD, None, None, ("LED",))
    if board.CHIP == "esp8266":
        gc.threshold(_COLLECT)
    indicator.play = product.INDICATE or _light(board)
    credentials = stored(board.CHIP)
    radio = Radio()
    name, uid = _identity(radio.mac())
    radio.hostname(name)
    log.info("main", name, "firmware", product.FIRMWARE_VERSION, "on", product.BOARD)
    agent = Agent(product, uid, radio, credentials, indicator, machine.reset)
    agent.dual = board.CHIP != "esp8266"
    tasks = []
    tasks.append(asyncio.create_task(_button(board, agent).run()))
    if product.CONSOLE:
        from core import typed
        from net.wait import readable

        stream = getattr(sys.stdin, "buffer", sys.stdin)
        tasks.append(asyncio.create_task(typed.serve(stream, readable, lambda line: _obey(line, agent))))
    state = first_state(credentials)
    try:
        if state in CONFIG_STATES:
            from main_config import equip

            equip(agent, name, board.CHIP)
            await agent.run(state, CONFIG_STATES)
        else:
            from main_run import equip

            equip(agent)
            await agent.run(state, RUN_STATES)
    finally:
        for task in tasks:
            task.cancel()


def _identity(mac):
    from provisioning import identity

    try:
        return identity.own_name(product, mac), identity.uid(mac)
    finally:
        forget("provisioning.identity", "core.crc")


def _obey(line, agent):
    """The console's commands are in memory only while one is obeyed."""
    import console

    try:
        console.obey(line, agent)
    finally:
        forget("console")


def _light(board):
    """What plays the patterns; None, and nothing of it loaded, where the board has no light."""
    if board.LED == "none":
        return None
    from led.drivers import driver
    from led.light import Light

    lamp = driver(board.LED, board.LED_PINS, board.LED_INVERTED)
    return Light(lamp, product.PATTERNS, product.LED_BRIGHTNESS, product.LED_MIN_BRIGHTNESS).play


def _button(board, agent):
    """Held 3 s it warns, let go between 10 s and 20 s it erases; clicks are the personality's."""
    covers = (None, "HOLD", "HOLD_ERASE", None, None)

    def phase(number):
        log.info("button", "held, phase", number)
        agent.indicator.cover(covers[number])

    def release(number):
        if number == 2:
            log.info("button", "erase")
            agent.request(RESET_CONFIG)

    def click(count):
        log.info("button", "double click" if count > 1 else "click")
        agent.clicked(count)

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


if __name__ == "__main__":
    run()
