"""Inside a virtual device, before its boot.py: prints where the time goes.

`mark: STEP US IDLE_US OUTSIDE_US`: microseconds since the start, how many of them the loop was asleep, and
how many the stand-ins of the radio took, which ask the bench.
"""

import builtins
import select
import sys
from time import ticks_diff, ticks_us

import machine
import network

# asyncio loads its parts relative to itself, and the import function goes by the name of its caller.
_IMPORT = """
def find(name, *rest):
    try:
        return native(name, *rest)
    finally:
        imported(name)
"""

_begin = ticks_us()
_idle = 0
_outside = 0
_inside = False  # a counted call: what it calls is counted with it


def begin():
    """Count from now on, for the rest of this boot."""
    select.Poll.poll = select.Poll.ipoll = _asleep(select.Poll.poll)
    link = network._link
    for name in ("request", "send", "serve"):
        setattr(link, name, _away(getattr(link, name)))
    _before(machine, "reset", "reset")
    scope = {"native": __import__, "imported": _imported, "__name__": "asyncio", "__path__": "asyncio"}
    exec(_IMPORT, scope)
    builtins.__import__ = scope["find"]


def mark(step):
    print("mark:", step, ticks_diff(ticks_us(), _begin), _idle, _outside)


def _imported(name):
    for module in list(_steps):  # `from core import log` has the name `core`
        if name in (module, module.rpartition(".")[0]) and module in sys.modules:
            _steps.pop(module)(sys.modules[module])


def _asleep(poll):
    def timed(*args):
        global _idle, _inside
        if len(args) > 1 and args[1] == 0:  # only a look
            return poll(*args)
        began = ticks_us()
        _inside = True
        try:
            return poll(*args)
        finally:
            _inside = False
            _idle += ticks_diff(ticks_us(), began)

    return timed


def _away(call):
    def timed(*args):
        global _outside, _inside
        if _inside:
            return call(*args)
        began = ticks_us()
        _inside = True
        try:
            return call(*args)
        finally:
            _inside = False
            _outside += ticks_diff(ticks_us(), began)

    return timed


def _before(owner, name, step):
    call = getattr(owner, name)

    def marked(*args):
        mark(step)
        return call(*args)

    setattr(owner, name, marked)


def _after(owner, name, step):
    call = getattr(owner, name)

    def marked(*args):
        result = call(*args)
        mark(step)
        return result

    setattr(owner, name, marked)


def _finished(call, step):
    async def marked(*args):
        await call(*args)
        mark(step)

    return marked


def _sends(module):
    response = module.Response
    response.send_file = _finished(response.send_file, "answered")


def _changes(module):
    routes = module.ROUTES
    routes["/config"] = _finished(routes["/config"], "accepted")


def _states(log):
    line = log._line

    def marked(level, tag, words):
        line(level, tag, words)
        if tag == "state":
            mark(words[0])

    log._line = marked


# What is done to a module as soon as it is there.
_steps = {
    "core.log": _states,
    "main": lambda module: _before(module, "run", "imported"),
    "main_record": lambda module: _after(module, "stored", "loaded"),
    "net.radio": lambda module: _after(module.Radio, "host", "hosted"),
    "net.http": lambda module: _before(module, "readable", "listening"),
    "net.response": _sends,
    "provisioning.changes": _changes,
}
