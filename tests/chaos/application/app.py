"""What the campaign's devices are for: they send back what they are sent, and say that they do."""

import asyncio

from core import log


async def run(cloud):
    asked = asyncio.Event()
    latest = ""
    heard = written = 0

    @cloud.on("Echo")
    def echo(value):
        nonlocal latest, heard
        latest = value
        heard += 1
        asked.set()

    async def tell():
        told = 0
        while True:
            await asyncio.sleep(1)
            if told != heard + written:
                told = heard + written
                log.info("app", "heard", heard, "written", written, "online", cloud.online)

    telling = asyncio.create_task(tell())
    try:
        while True:
            await asked.wait()
            asked.clear()
            await cloud.write("Echo", latest)
            written += 1
    finally:
        telling.cancel()
