"""A broker that plays a script, and a client of net.mqtt whose messages and end are kept."""

import asyncio
import os

from net.mqtt import Mqtt

# Tests run side by side; below the ephemeral ports.
PORT = 10000 + int.from_bytes(os.urandom(2), "big") % 20000
CONNACK = b"\x20\2\0\0"


class Broker:
    """Answers each packet that arrives with the next line of a script; keeps what came."""

    def __init__(self, *script):
        self.script = list(script)
        self.got = []
        self.stream = None  # to the last client

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", PORT)
        await asyncio.sleep_ms(10)
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await asyncio.sleep_ms(10)

    async def say(self, data):
        self.stream.write(data)
        await self.stream.drain()
        await asyncio.sleep_ms(20)

    async def _serve(self, stream, _):
        self.stream = stream
        try:
            while True:
                head = await stream.readexactly(2)
                assert head[1] < 128
                self.got.append(head + await stream.readexactly(head[1]))
                if self.script:
                    stream.write(self.script.pop(0))
                    await stream.drain()
        except (EOFError, OSError):
            pass
        finally:
            stream.close()
            await stream.wait_closed()


class Deaf(Broker):
    """Says its line at once, and reads nothing from then on."""

    async def _serve(self, stream, _):
        self.stream = stream
        stream.write(self.script[0])
        await stream.drain()

    async def __aexit__(self, *_):
        await self.stream.wait_closed()
        await super().__aexit__()


class Session:
    """A connected client whose messages and end are kept."""

    def __init__(self, patience_ms=300, keepalive_s=45, **how):
        self.messages = []
        self.client = Mqtt(self._received, patience_ms, memoryview(bytearray(1024)))
        self.keepalive_s = keepalive_s
        self.how = how
        self.end = None
        self.tasks = []

    def _received(self, topic, payload, retained):
        self.messages.append((topic, bytes(payload)))

    async def start(self):
        self.kept = await self.client.connect(
            "127.0.0.1", PORT, "device", "t" * 32, self.keepalive_s, **self.how
        )
        self.tasks = [
            asyncio.create_task(self._run(job)) for job in (self.client.run, self.client.keep_alive)
        ]

    async def _run(self, job):
        try:
            await job()
        except Exception as e:
            self.end = e

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *_):
        for task in self.tasks:
            task.cancel()
        await self.client.close()
        await asyncio.sleep_ms(10)


async def fails(job):
    try:
        await job
    except Exception as e:
        return e
    raise AssertionError("nothing was raised")


async def ended(session):
    """Why the connection is over, once it is."""
    while not session.end:
        await asyncio.sleep_ms(1)
    return session.end


async def pour(client):
    """Publish until it fails."""
    while True:
        await client.publish("a", "x" * 1000)
