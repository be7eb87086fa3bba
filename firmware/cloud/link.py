"""The Blynk device API on MQTT: one session with the server."""

import asyncio
import json

from micropython import const

from core import log
from core.cut import cut

_MOST = const(1024)  # bytes of a message, topic included
_SHOWN = const(200)  # characters of a message that the log shows


class Link:
    """One session with the server: log in, announce, obey, report."""

    def __init__(self, mqtt, server, cloud, on_command):
        self._server = server
        self._cloud = cloud
        self._on_command = on_command  # ("reboot", "reconfigure" or "redirect", its text)
        self._mqtt = mqtt(self._received)
        self._tasks = ()
        self._over = asyncio.Event()
        self._failure = None

    async def open(self, token, keepalive_s, info, will=None, **options):
        """Log in, subscribe, announce. The session counts as open only after all three."""
        server = self._server
        if will:  # (topic, …): the topic without our prefix
            options["will"] = (server.prefix + will[0],) + tuple(will[1:])
        await self._mqtt.connect(server.host, server.port, server.user, token, keepalive_s, **options)
        self._tasks = (
            asyncio.create_task(self._guarded(self._mqtt.run())),
            asyncio.create_task(self._guarded(self._mqtt.keep_alive())),
        )
        await self._while_up(self._announce(info))

    async def run(self):
        """Serve until the connection is lost; raises why."""
        await self._while_up(self._cloud.serve(self))

    async def publish(self, topic, text, qos=0):
        """False when it is no message that a broker takes: it is skipped."""
        topic = self._server.prefix + topic
        payload = text.encode()
        if len(topic.encode()) + len(payload) > _MOST - 4 or "+" in topic or "#" in topic:
            log.warn("cloud", topic[:_SHOWN], "is not sent: over", _MOST, "bytes, or + or # in its name")
            return False
        await self._mqtt.publish(topic, payload, qos)
        return True

    def stop(self):
        """End `run` as if the connection were lost."""
        self._failure = self._failure or OSError("stopped")
        self._over.set()

    async def close(self):
        for task in self._tasks:
            task.cancel()
        await self._mqtt.close()

    async def _announce(self, info):
        await self._mqtt.subscribe(self._server.prefix + "downlink/#", 1)
        await self.publish("info/mcu", json.dumps(info), 1)

    async def _while_up(self, job):
        """Do the job, but not longer than the connection lives."""
        task = asyncio.create_task(self._guarded(job))
        try:
            if not self._failure:
                await self._over.wait()
                self._over.clear()
        finally:
            task.cancel()
        if self._failure:
            raise self._failure

    async def _guarded(self, job):
        """Awaiting a task would hand a cancel on to it, so the first failure is left for both to see."""
        try:
            await job
        except Exception as e:
            self._failure = self._failure or e
        finally:
            self._over.set()

    def _received(self, topic, payload, retained):
        prefix = self._server.prefix + "downlink/"
        if not topic.startswith(prefix):
            log.warn("cloud", "topic outside our branch:", topic[:_SHOWN])
            return
        path = topic[len(prefix) :]
        try:
            text = str(payload, "utf-8")
        except UnicodeError:
            log.warn("cloud", path[:_SHOWN], "is not text")
            return
        kind, _, name = cut(path, "/")
        if name and kind in ("ds", "meta", "utc"):
            self._cloud.deliver(path, text)
        elif retained:  # a command that a broker keeps would be obeyed at every login
            log.warn("cloud", path[:_SHOWN], "is kept by the broker: not obeyed")
        elif path in ("reboot", "reconfigure", "redirect"):
            self._on_command(path, text)
        elif path == "diag":
            log.info("cloud", "diag", repr(log.redact(text)[:_SHOWN]))
        elif path != "ping":  # its PUBACK is the answer
            log.warn("cloud", "not understood:", path[:_SHOWN])
