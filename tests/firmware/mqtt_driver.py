"""net.mqtt driven through a pipe: mqtt_driver.py FIRMWARE. A line is [operation, keyword arguments] in JSON.

Each operation is answered by {"done": value} or {"failed": kind, "text": …, "code": …}. Between the answers
come {"message": [topic, payload, retained]}, {"over": kind, …} when the connection ends, and the log.
"""

import asyncio
import json
import sys


def tell(**values):
    print(json.dumps(values))


def words(error):
    return {"text": str(error), "code": getattr(error, "code", None)}


class Driver:
    def __init__(self, make):
        self._make = make
        self._client = None
        self._tasks = ()

    def _received(self, topic, payload, retained):
        tell(message=[topic, str(payload, "utf-8"), retained])

    async def connect(self, tls=None, patience_ms=2000, buffer=1024, will=None, **login):
        if tls:
            login["tls"] = context(tls)
        self._client = self._make(self._received, patience_ms, memoryview(bytearray(buffer)))
        try:
            kept = await self._client.connect(user="device", will=will and tuple(will), **login)
        except BaseException:
            await self._client.close()
            raise
        jobs = self._client.run(), self._client.keep_alive()
        self._tasks = [asyncio.create_task(self._until_over(job)) for job in jobs]
        return kept

    async def subscribe(self, **what):
        await self._client.subscribe(**what)

    async def publish(self, **what):
        await self._client.publish(**what)

    async def close(self):
        for task in self._tasks:
            task.cancel()
        await self._client.close()

    async def cut(self):
        """As when the network goes: no DISCONNECT."""
        self._client._over(OSError(104))
        await self.close()

    async def _until_over(self, job):
        try:
            await job
        except Exception as e:
            tell(over=type(e).__name__, **words(e))


def context(certificate):
    import ssl

    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.verify_mode = ssl.CERT_REQUIRED
    found.load_verify_locations(cadata=bytes.fromhex(certificate))
    return found


async def main(firmware):
    sys.path[:] = [firmware, ".frozen"]
    from net.mqtt import Mqtt

    driver = Driver(Mqtt)
    lines = asyncio.StreamReader(sys.stdin.buffer)
    while line := await lines.readline():
        operation, arguments = json.loads(line)
        try:
            tell(done=await getattr(driver, operation)(**arguments))
        except Exception as e:
            tell(failed=type(e).__name__, **words(e))


asyncio.run(main(sys.argv[1]))
