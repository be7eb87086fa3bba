"""Blocking calls of the port, beside the loop: in a thread. An ESP8266 has none and cannot import this."""

import _thread  # pyright: ignore[reportMissingImports]  first: where it fails, the rest is not run
import asyncio

from micropython import const

_POLL_MS = const(20)

_busy = False


async def aside(call, *args):
    """What call(*args) returns or raises. When this is cancelled the call still goes on to its own end."""
    global _busy
    while _busy:  # one at a time: each costs the stack of a thread
        await asyncio.sleep_ms(_POLL_MS)
    outcome = []
    done = asyncio.ThreadSafeFlag()

    def run():
        global _busy
        try:
            outcome.append(call(*args))
        except Exception as e:
            outcome.append(None)
            outcome.append(e)
        finally:
            _busy = False
            done.set()

    _busy = True
    try:
        _thread.start_new_thread(run, ())
    except (OSError, RuntimeError, MemoryError):
        run()  # no room for another stack: then the loop has to wait
    await done.wait()
    if len(outcome) > 1:
        raise outcome[1]
    if not outcome:
        raise MemoryError
    return outcome[0]
