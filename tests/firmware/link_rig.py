"""What the tests of the link share: it, the application's interface, and a client that keeps what is sent."""

import asyncio

from cloud.interface import Cloud
from cloud.link import Link
from cloud.server import Server

PREFIXED = "mqtt://device@h:1883/devices/7"
PLAIN = "mqtt://h"


class FakeMqtt:
    """Stands for net.mqtt where only the link's own rules are looked at."""

    def __init__(self, on_message):
        self.receive = on_message
        self.sent = []
        self.failure = None  # what the next publish ends with
        self.open = asyncio.Event()  # publish waits for it
        self.open.set()
        self.lost = asyncio.Event()

    async def connect(self, host, port, user, password, keepalive_s, **options):
        self.login = (host, port, user, password, options)

    async def subscribe(self, topic, qos=0):
        self.sent.append(("subscribe", topic, qos))

    async def publish(self, topic, payload, qos=0):
        await self.open.wait()
        if self.failure:
            raise self.failure
        self.sent.append((topic, str(payload, "utf-8"), qos))

    async def run(self):
        await self.lost.wait()
        raise OSError(104)

    async def keep_alive(self):
        await self.lost.wait()

    async def close(self):
        self.sent.append("closed")


class Rig:
    """A link with an application, and what it was ordered."""

    def __init__(self, server=PREFIXED, cloud=None, **options):
        self.cloud = cloud or Cloud(**options)
        self.commands = []
        self.link = Link(
            FakeMqtt, Server(server), self.cloud, lambda kind, text: self.commands.append((kind, text))
        )
        self.mqtt = self.link._mqtt
        self.serving = None

    async def open(self):
        """Log in and serve; what is sent from here on is in `sent`."""
        await self.link.open("t" * 32, 45, {})
        self.mqtt.sent.clear()
        self.serving = asyncio.create_task(self._serve())
        await asyncio.sleep_ms(5)

    async def _serve(self):
        try:
            await self.link.run()
        except OSError:
            pass

    async def lose(self):
        """The connection breaks."""
        self.mqtt.lost.set()
        await self.serving
        await self.link.close()
        await asyncio.sleep_ms(5)

    def down(self, path, payload=b"", retained=False):
        self.mqtt.receive("devices/7/downlink/" + path, memoryview(payload), retained)

    @property
    def sent(self):
        """(topic after the prefix, text) of everything that was published."""
        return [(m[0].replace("devices/7/", ""), m[1]) for m in self.mqtt.sent]


async def until(condition, ms=3000):
    """Wait until the condition holds."""
    for _ in range(ms // 5):
        if condition():
            return
        await asyncio.sleep_ms(5)
    raise AssertionError("in vain")
