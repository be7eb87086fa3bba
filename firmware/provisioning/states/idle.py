"""IDLE: radio off until the owner asks for configuration with a click."""

import asyncio


async def run(agent):
    agent.portal.close()
    await asyncio.Event().wait()  # a click of the button requests WAIT_CONFIG
