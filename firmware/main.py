"""Builds the parts, chooses the personality, and has the last word when something breaks."""

import asyncio
import gc
import sys
import time

import machine
from micropython import const

import product
from core import log
from core.late import forget
from led.indicator import Indicator
from provisioning.agent import CONFIG_STATES, RESET_CONFIG, RUN_STATES, first_state

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
    agent, name, chip, button = _made(indicator)
    log.info("main", name, "firmware", product.FIRMWARE_VERSION, "on", product.BOARD)
    tasks = []
    tasks.append(asyncio.create_task(button.run()))
    if product.CONSOLE:
        from core import typed
        from net.wait import readable

        stream = getattr(sys.stdin, "buffer", sys.stdin)
        tasks.append(asyncio.create_task(typed.serve(stream, readable, lambda line: _obey(line, agent))))
    state = first_state(agent.credentials)
    try:
        if state in CONFIG_STATES:
            from main_config import equip

            equip(agent, name, chip)
            await agent.run(state, CONFIG_STATES)
        else:
            from main_run import equip

            equip(agent)
            await agent.run(state, RUN_STATES)
    finally:
        for task in tasks:
            task.cancel()


def _made(indicator):
    """(agent, name, chip, button)."""
    board = __import__("boards." + product.BOARD, None, None, ("LED",))
    if board.CHIP == "esp8266":
        gc.threshold(_COLLECT)
    import main_parts

    try:
        indicator.play = product.INDICATE or main_parts.light(board)
        agent, name = main_parts.agent(board, indicator, machine.reset)
        return agent, name, board.CHIP, _button(main_parts, board, agent)
    finally:
        forget("main_parts", "boards." + product.BOARD, "provisioning.identity", "core.crc")


def _obey(line, agent):
    """The console's commands are in memory only while one is obeyed."""
    import console

    try:
        console.obey(line, agent)
    finally:
        forget("console")


def _button(parts, board, agent):
    """What it does; clicks are the personality's."""
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

    return parts.button(board, phase, release, click)


if __name__ == "__main__":
    run()
