"""What the application sees of the cloud, and what waits to be sent."""

import asyncio
import json
from collections import OrderedDict

from micropython import const

from cloud.handlers import Handlers
from core import log
from core.clock import Deadline, happens

_MOST_VALUES = const(32)  # datastreams and metadata fields whose latest value waits
_MOST_MESSAGES = const(8)  # other messages that wait; who has more to say waits, too
_MOST_EVENTS_MS = const(8000)  # how long an event may wait for its turn
_EVENT_GAP_MS = const(1000)  # the API's limit: an event a second
_PACE_MS = const(20)  # and 50 messages a second


class Cloud(Handlers):
    """What the application uses: the decorators of Handlers and what comes before `deliver`."""

    def __init__(self, keep: bool = True, error_code: str = "app_error"):
        super().__init__()
        self._keep = keep  # the latest values that are written while offline
        self._error_code = error_code  # of the event that shows an exception
        if error_code:
            self._handlers["error"] = self._show
        self._link = None
        self._up = asyncio.Event()
        self._values = OrderedDict()  # topic -> text, the one that has waited longest first
        self._messages = []  # [topic, text, QoS, whether it was sent, Event]
        self._some = asyncio.Event()
        self._full = False
        self._event_gap = Deadline(0)
        self._utc = ""
        self._told = asyncio.Event()

    @property
    def online(self) -> bool:
        return self._link is not None

    async def write(self, name: str, value: int | float | str | bool | list | tuple) -> None:
        """Report a datastream; while offline only the latest value of each is kept."""
        await self._put("ds/" + name, str(_plain(value)))

    async def write_meta(self, field: str, value: int | float | str | bool | list | tuple) -> None:
        """Report a metadata field, as `write` does."""
        await self._put("meta/" + field, str(_plain(value)))

    async def write_batch(self, values: dict) -> bool:
        """Report several datastreams in one message; True when it could be one, else each is written."""
        values = {name: _plain(values[name]) for name in values}
        for name in values:
            self._values.pop("ds/" + name, None)  # an older one must not come later
        if await self._send("batch_ds", json.dumps(values)):
            return True
        for name in values:
            if "ds/" + name not in self._values:  # a newer one
                await self._put("ds/" + name, str(values[name]))
        return False

    async def event(self, code: str, text: str = "") -> bool:
        """Log an event; True when the server has it. Lost while offline, and when too many wait."""
        wait = self._event_gap.left()
        if wait > _MOST_EVENTS_MS + _EVENT_GAP_MS:  # the last one was days ago: ticks wrap
            wait = 0
        if not self._link or wait > _MOST_EVENTS_MS:
            log.warn("cloud", "event lost:", code)
            return False
        self._event_gap = Deadline(wait + _EVENT_GAP_MS)
        await asyncio.sleep_ms(wait)
        return await self._send("event/" + code, str(text), 1)

    async def sync(self, *names: str) -> bool:
        """Ask for the server's values of these datastreams, or of all; their handlers get them."""
        return await self._send("get/ds" if names else "get/ds/all", ",".join(names))

    async def sync_meta(self, *fields: str) -> bool:
        """Ask for the server's values of these metadata fields; their handlers get them."""
        return await self._send("get/meta", ",".join(fields))

    async def utc(self, ms: int = 5000) -> dict | None:
        """The server's time and our zone, a dictionary; None when it does not tell within `ms`."""
        self._told.clear()
        if not await self._send("get/utc/all/json") or not await happens(self._told, ms):
            return None
        try:
            told = json.loads(self._utc)
        except ValueError:
            return None
        return told if isinstance(told, dict) else None

    def deliver(self, path, text):
        """A downlink: `ds/NAME`, `meta/FIELD` or `utc/…`."""
        if path == "utc/all/json":
            self._utc = text
            self._told.set()
        elif not self._call(path, text):
            log.warn("cloud", "nobody listens to", path)

    async def serve(self, link):
        """Send what there is to say while the link is up; what was kept goes before we are online."""
        for _ in range(len(self._values)):
            await self._report(link)
        self._full = False
        self._link = link
        self._up.set()
        self._call("online", True)
        try:
            while True:
                if not self._messages and not self._values:
                    self._some.clear()
                    await self._some.wait()
                if self._messages:
                    await self._post(link, self._messages.pop(0))
                if self._values:
                    await self._report(link)
        finally:
            self._link = None
            self._up.clear()
            for message in self._messages:
                message[4].set()
            self._messages = []
            if not self._keep:
                self._values.clear()
            self._call("online", False)

    async def _post(self, link, message):
        try:
            message[3] = await link.publish(message[0], message[1], message[2])
        finally:
            message[4].set()
        await asyncio.sleep_ms(_PACE_MS)

    async def _report(self, link):
        topic = next(iter(self._values))
        text = self._values.pop(topic)
        try:
            await link.publish(topic, text)
        except BaseException:
            self._values.setdefault(topic, text)  # for the next link, unless a newer one was written
            raise
        await asyncio.sleep_ms(_PACE_MS)

    async def _send(self, topic, text="", qos=0):
        """Leave a message to `serve`: a cancelled caller must not cut it in two. True once it is sent."""
        while self._link and len(self._messages) == _MOST_MESSAGES:
            await asyncio.sleep_ms(_PACE_MS)
        if not self._link:
            return False
        message = [topic, text, qos, False, asyncio.Event()]
        self._messages.append(message)
        self._some.set()
        await message[4].wait()
        return message[3]

    async def _put(self, topic, text):
        """Leave a value to `serve`. Online, the next one waits until it is sent: a series arrives whole."""
        values = self._values
        while self._link and (topic in values or len(values) >= _MOST_VALUES):
            await asyncio.sleep_ms(_PACE_MS)
        if not self._link and not self._keep:
            return
        if topic in values or len(values) < _MOST_VALUES:
            values[topic] = text
            self._some.set()
        elif not self._full:
            self._full = True
            log.warn("cloud", "offline: only", _MOST_VALUES, "datastreams are kept, others are dropped")

    async def _show(self, text):
        """An exception of the product's code, as an event."""
        await self._up.wait()
        await self.event(self._error_code, text)


def _plain(value):
    """Truth as 1 and 0, an array as the API has it: joined by NUL."""
    if isinstance(value, (list, tuple)):
        return "\0".join([str(_plain(one)) for one in value])
    return int(value) if isinstance(value, bool) else value
