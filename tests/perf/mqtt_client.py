"""Inside MicroPython: mqtt_client.py FIRMWARE CLIENT PORT MESSAGES. Prints the µs of each publish."""

import asyncio
import json
import sys
from time import ticks_diff, ticks_us

TOPIC = "devices/1/ds/Temperature"


class Bare:
    """The least that can be done, without a look at what it gets: one write a packet, one read an answer."""

    async def connect(self, port):
        self._stream, _ = await asyncio.open_connection("127.0.0.1", port)
        self._stream.write(b"\x10\x0c\0\4MQTT\4\2\0\x3c\0\0")
        await self._stream.drain()
        await self._stream.readexactly(4)

    async def publish(self, topic, payload, qos):
        body = len(topic).to_bytes(2, "big") + topic.encode() + (b"\0\1" if qos else b"") + payload.encode()
        self._stream.write(bytes((0x30 | qos << 1, len(body))) + body)
        await self._stream.drain()
        if qos:
            await self._stream.readexactly(4)


class Ours:
    """The firmware's client with all it watches."""

    async def connect(self, port):
        from net.mqtt import Mqtt

        client = Mqtt(lambda *_: None, 10000, memoryview(bytearray(1024)))
        await client.connect("127.0.0.1", port, "device", "", 45)
        self._tasks = [asyncio.create_task(job) for job in (client.run(), client.keep_alive())]
        self.publish = client.publish


async def main(firmware, kind, port, messages):
    sys.path[:] = [firmware, ".frozen"]
    client = {"bare": Bare, "ours": Ours}[kind]()
    await client.connect(int(port))
    taken = {}
    for qos in (0, 1):
        times = taken[qos] = []
        for number in range(int(messages)):
            start = ticks_us()
            await client.publish(TOPIC, str(number), qos)
            times.append(ticks_diff(ticks_us(), start))
    print(json.dumps(taken))


asyncio.run(main(*sys.argv[1:]))
