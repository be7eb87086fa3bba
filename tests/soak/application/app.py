"""What the soaking devices do: report, tell events, answer, and once a minute say what they have left.

Loaded before the first connection: tasks are counted from here on, and what was there before stays.
"""

import asyncio
import gc
from asyncio import core as loop  # pyright: ignore[reportAttributeAccessIssue]  the stubs are CPython's

import product
from core import log

_tasks = 0


def _counting(create):
    async def counted(work):
        global _tasks
        _tasks += 1
        try:
            return await work
        finally:
            _tasks -= 1

    return lambda work: create(counted(work))


asyncio.create_task = loop.create_task = _counting(loop.create_task)


async def run(cloud):
    minute_ms = int(product.SOAK_MINUTE_S * 1000)

    @cloud.on("Echo")
    def echo(value):
        answers.append(value)
        asked.set()

    answers = []
    asked = asyncio.Event()
    tasks = [
        asyncio.create_task(_report(cloud, minute_ms // 12)),
        asyncio.create_task(_answer(cloud, asked, answers)),
    ]
    number = 0
    while True:
        await asyncio.sleep_ms(minute_ms)
        number += 1
        await cloud.event("minute", str(number))
        if not cloud.online:
            continue  # a session has tasks of its own: only like is compared with like
        gc.collect()
        log.info("soak", "free", gc.mem_free(), "tasks", _tasks - len(tasks))


async def _answer(cloud, asked, answers):
    while True:
        await asked.wait()
        asked.clear()
        latest = answers[-1]
        answers.clear()
        await cloud.write("Echo", latest)


async def _report(cloud, ms):
    number = 0
    while True:
        number += 1
        await cloud.write("Count", number)
        await cloud.write("Temperature", 20 + number % 10 / 10)
        await cloud.write("Text", "the same again and again " * 3)
        await asyncio.sleep_ms(ms)
