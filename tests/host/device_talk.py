"""Inside MicroPython: device_talk.py FIRMWARE SERVER TOKEN. The firmware's link with a small application.

Prints a line of JSON for everything that reaches the application, until it is told to reboot.
"""

import asyncio
import json
import sys

FIRMWARE, SERVER, TOKEN = sys.argv[1:]
sys.path[:] = [FIRMWARE, ".frozen"]

from cloud.interface import Cloud  # noqa: E402
from cloud.link import Link  # noqa: E402
from cloud.server import Server  # noqa: E402
from net.mqtt import Mqtt  # noqa: E402


def say(*words):
    print(json.dumps(words))


async def main():
    cloud = Cloud()

    def obey(kind, text):
        say("command", kind, text)
        if kind == "reboot":
            link.stop()

    @cloud.on("Lamp")
    async def lamp(value):
        say("Lamp", value)
        await cloud.write_batch({"Lamp": value, "Lit": value == "1"})

    @cloud.on("Points")
    def points(value):
        say("Points", value.split("\0"))

    @cloud.on("Broken")
    def broken(value):
        raise ValueError("broken by " + value)

    @cloud.on_meta("Room")
    def room(value):
        say("Room", value)

    @cloud.on_online
    async def online(up):
        say("online", up)
        if up:
            await cloud.sync("Points", "Unknown")
            await cloud.sync_meta("Room", "Serial")
            say("utc", await cloud.utc())

    await cloud.write("Points", (1, 2.5, True))
    await cloud.write_meta("Serial", "A7")
    link = Link(lambda take: Mqtt(take, 5000, memoryview(bytearray(1024))), Server(SERVER), cloud, obey)
    await link.open(TOKEN, 45, {"tmpl": "TMPL1", "ver": "1.2.3"})
    try:
        await link.run()
    except OSError:
        await link.close()


asyncio.run(asyncio.wait_for(main(), 15))
