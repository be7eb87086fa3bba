"""The product's own job, an example to replace: a thermostat with a model of the room it heats."""

import asyncio

from core import log


async def run(cloud):
    """Started at every reset, and again should it fail. `cloud` is all it needs to know of Firstlight."""
    room = Room()

    @cloud.on("Set Temperature")
    def set_temperature(value):
        room.wanted = float(value)
        log.info("app", "wanted temperature", room.wanted)

    @cloud.on("Power")
    def power(value):
        room.power = value == "1"
        log.info("app", "power", room.power)

    @cloud.on_click
    async def click(count):
        power("0" if room.power else "1")
        await cloud.write("Power", room.power)

    @cloud.on_online
    async def online(up):
        if up:  # what was set while we were away
            await cloud.sync("Set Temperature", "Power")

    while True:
        room.minute()
        await cloud.write_batch({"Temperature": round(room.temperature, 1), "Heating": room.heating()})
        await asyncio.sleep(5)


class Room:
    """Stands for the sensor and heater of a real product: 15 degrees outside, 0.5 a minute when heating."""

    def __init__(self):
        self.temperature = 18.0
        self.wanted = 21.0
        self.power = True

    def heating(self):
        return self.power and self.temperature < self.wanted

    def minute(self):
        self.temperature += (15 - self.temperature) / 50 + (0.5 if self.heating() else 0)
