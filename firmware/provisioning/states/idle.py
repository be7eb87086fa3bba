"""IDLE: radio off until the owner asks for configuration with a click."""

import asyncio


async def run(agent):
    agent.portal.close()
    while True:
        await asyncio.sleep(3600)  # a click of the button requests WAIT_CONFIG
