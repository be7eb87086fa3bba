"""What the campaign's devices are for: they send back what they are sent."""

import asyncio


async def run(cloud):
    asked = asyncio.Event()
    latest = ""

    @cloud.on("Echo")
    def echo(value):
        nonlocal latest
        latest = value
        asked.set()

    while True:
        await asked.wait()
        asked.clear()
        await cloud.write("Echo", latest)
