"""The Blynk device API on MQTT, and the interface that the product's application sees."""

import asyncio
import json

from micropython import const

from core import log

_MOST = const(1024)  # bytes of a message, topic included


class Server:
    """`blynk.cloud` or `mqtts://user@host:port/prefix`, taken apart. Raises ValueError."""

    def __init__(self, text):
        scheme, found, rest = text.partition("://")
        if not found:
            scheme, rest = "mqtts", text
        if scheme not in ("mqtt", "mqtts"):
            raise ValueError("server: mqtt:// or mqtts://, got " + scheme)
        place, _, prefix = rest.partition("/")
        user, found, place = place.rpartition("@")
        self.user = user if found and user else "device"
        self.host, _, port = place.partition(":")
        if not self.host or (port and not port.isdigit()):
            raise ValueError("server: no host and port in it")
        self.tls = scheme == "mqtts"
        self.port = int(port) if port else 8883 if self.tls else 1883
        self.prefix = prefix.rstrip("/") + "/" if prefix.rstrip("/") else ""


class Cloud:
    """What the application uses: on, on_click, write, event, online."""

    def __init__(self):
        self._link = None
        self._handlers = {}
        self._pending = {}  # datastream -> latest value written while offline
        self._written = asyncio.Event()

    @property
    def online(self):
        return self._link is not None

    def on(self, name):
        """Decorator: call the function with the text of each downlink of this datastream."""

        def register(handler):
            self._handlers[name] = handler
            return handler

        return register

    def on_click(self, handler):
        """Decorator: call the function with 1 for a click of the button, with 2 for a double click."""
        self.clicked = handler
        return handler

    def clicked(self, count):
        """Nobody has asked for clicks yet."""

    async def write(self, name, value):
        """Report a datastream; while offline only the latest value of each is kept."""
        self._pending[name] = value
        self._written.set()

    async def event(self, code, text=""):
        """Log an event; lost while offline."""
        try:
            if self._link:
                await self._link.publish("event/" + code, text, qos=1)
        except Exception as e:  # the link has its own way to learn of it
            log.warn("cloud", "event lost:", code, e)

    async def _report(self, link, name, value):
        try:
            await link.publish("ds/" + name, str(value))
        except BaseException:
            self._pending.setdefault(name, value)  # for the next link, unless a newer one was written
            raise

    def deliver(self, name, value):
        """A downlink: an application's mistake is logged and goes no further."""
        handler = self._handlers.get(name)
        if not handler:
            log.warn("cloud", "nobody listens to", name)
            return
        try:
            handler(value)
        except Exception as e:
            log.exception("app", e)

    async def serve(self, link):
        """Send what is written for as long as the link is up."""
        self._link = link
        try:
            while True:
                self._written.clear()
                while self._pending:
                    await self._report(link, *self._pending.popitem())
                await self._written.wait()
        finally:
            self._link = None


class Link:
    """One session with the server: log in, announce, obey, report."""

    def __init__(self, mqtt, server, cloud, on_command):
        self._server = server
        self._cloud = cloud
        self._on_command = on_command  # called with "reboot", "reconfigure" …
        self._mqtt = mqtt(self._received)
        self._tasks = ()
        self._over = asyncio.Event()
        self._failure = None

    async def open(self, token, keepalive_s, info, tls=None):
        """Log in, subscribe, announce. The session counts as open only after all three."""
        server = self._server
        await self._mqtt.connect(server.host, server.port, server.user, token, keepalive_s, tls=tls)
        self._tasks = (
            asyncio.create_task(self._guarded(self._mqtt.run())),
            asyncio.create_task(self._guarded(self._mqtt.keep_alive())),
        )
        await self._while_up(self._announce(info))

    async def run(self):
        """Serve until the connection is lost; raises why."""
        await self._while_up(self._cloud.serve(self))

    async def publish(self, topic, payload, qos=0):
        topic = self._server.prefix + topic
        if len(topic) + len(payload) > _MOST - 4:
            log.warn("cloud", topic, "is over the limit of", _MOST, "bytes")
            return
        await self._mqtt.publish(topic, payload, qos)

    def stop(self):
        """End `run` as if the connection were lost."""
        self._failure = self._failure or OSError("stopped")
        self._over.set()

    async def close(self):
        for task in self._tasks:
            task.cancel()
        await self._mqtt.close()

    async def _announce(self, info):
        await self._mqtt.subscribe(self._server.prefix + "downlink/#")
        await self.publish("info/mcu", json.dumps(info), qos=1)

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
            log.warn("cloud", "topic outside our branch:", topic)
            return
        kind, _, name = topic[len(prefix) :].partition("/")
        if kind == "ds" and name:
            try:
                value = str(payload, "utf-8")
            except UnicodeError:
                log.warn("cloud", name, "is not text")
                return
            self._cloud.deliver(name, value)
        elif not retained:  # a command that a broker keeps would be obeyed at every login
            self._on_command(kind)
