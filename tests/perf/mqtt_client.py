"""Inside MicroPython: mqtt_client.py FIRMWARE PEERS CLIENT PORT MESSAGES. Prints the µs of each publish."""

import asyncio
import json
import sys
from time import ticks_diff, ticks_ms, ticks_us

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


class Chumicro:
    """Has no loop of its own: it is turned as its documentation says."""

    async def connect(self, port):
        from chumicro_mqtt import MQTTClient
        from chumicro_sockets.sockets_factory import fixed_connector_factory

        connector = fixed_connector_factory("127.0.0.1", port)
        self._client = MQTTClient(transport_factory=connector, client_id="device", keep_alive_seconds=45)
        self._client.connect()
        while self._client.state != "connected":
            self._turn()

    def _turn(self):
        now = ticks_ms()
        if self._client.check(now):
            self._client.handle(now)

    async def publish(self, topic, payload, qos):
        done = []
        self._client.publish(topic, payload, qos=qos, on_publish=lambda *_: done.append(True))
        while not done:
            self._turn()


class Machine:
    """The unix port has no RTC, which aiomqttc asks for each line of its log."""

    class RTC:
        def datetime(self):
            return 2026, 1, 1, 3, 0, 0, 0, 0


class Aiomqttc:
    """Looks every 100 ms whether its PUBACK has come: 10 publishes a second at most."""

    async def connect(self, port):
        sys.modules["machine"] = Machine
        from aiomqttc import MQTTClient

        client = MQTTClient(server="127.0.0.1", port=port, client_id="device", keepalive=45)
        if not await client.connect():
            raise OSError("not connected")
        self._client = client

    async def publish(self, topic, payload, qos):
        if not await self._client.publish(topic, payload, qos):
            raise OSError("not published")


CLIENTS = {"bare": Bare, "ours": Ours, "chumicro-mqtt": Chumicro, "aiomqttc": Aiomqttc}


async def main(firmware, peers, kind, port, messages):
    sys.path[:] = [firmware, peers, ".frozen"]
    client = CLIENTS[kind]()
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
