"""The product's functions, and how they are called: whatever they do, the agent goes on."""

import asyncio

from micropython import const

from core import log

_SHOWN = const(200)  # characters of an exception that its event shows


class Handlers:
    """One function for each thing that may happen; one that is async goes on beside us."""

    def __init__(self):
        self._handlers = {}  # by "ds/NAME", "meta/FIELD", "online", "state", "click" and "error"
        self._busy = {}  # key of what still runs -> its task, then what it is called with next

    def on(self, name: str):
        """Decorator: call the function with the text of each downlink of this datastream."""
        return self._register("ds/" + name)

    def on_meta(self, field: str):
        """Decorator: call the function with the text of this metadata field when the server sends it."""
        return self._register("meta/" + field)

    def on_online(self, handler):
        """Decorator: call the function with True when the link is up, with False when it is lost."""
        return self._register("online")(handler)

    def on_state(self, handler):
        """Decorator: call the function with the name of each state that the device enters."""
        return self._register("state")(handler)

    def on_click(self, handler):
        """Decorator: call the function with 1 for a click of the button, with 2 for a double click."""
        return self._register("click")(handler)

    def clicked(self, count):
        self._call("click", count)

    def state_changed(self, name):
        self._call("state", name)

    def failed(self, error):
        """The product's code has: the log says so, and an event as soon as we are online."""
        try:
            log.exception("app", error)
            self._call("error", log.redact(type(error).__name__ + ": " + str(error))[:_SHOWN])
        except Exception:  # no memory to say it with
            pass

    def _register(self, key):
        def register(handler):
            self._handlers[key] = handler
            return handler

        return register

    def _call(self, key, value):
        """False when nobody has asked for it. While an async one runs, the newest value waits for its end."""
        handler = self._handlers.get(key)
        if not handler:
            return False
        if key in self._busy:
            self._busy[key][1:] = (value,)
            return True
        try:
            job = handler(value)
            if hasattr(job, "send"):
                self._busy[key] = [asyncio.create_task(self._finish(key, job))]
        except Exception as e:
            self.failed(e)
        return True

    async def _finish(self, key, job):
        try:
            await job
        except Exception as e:
            if key != "error":  # which would go round in circles
                self.failed(e)
        finally:
            waiting = self._busy.pop(key, ())[1:]
            if waiting:
                self._call(key, waiting[0])
