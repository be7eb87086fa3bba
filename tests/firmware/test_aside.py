import asyncio
import sys
import time

from core import aside as module
from core.aside import aside


def slow(ms, value):
    time.sleep_ms(ms)
    return value


async def test_the_loop_goes_on_meanwhile():
    turns = 0

    async def count():
        nonlocal turns
        while True:
            await asyncio.sleep_ms(10)
            turns += 1

    task = asyncio.create_task(count())
    assert await aside(slow, 300, "done") == "done"
    task.cancel()
    assert turns >= 10


async def test_what_the_call_raises_comes_out():
    def fails():
        raise OSError(-202)

    try:
        await aside(fails)
    except OSError as e:
        assert e.errno == -202
    else:
        raise AssertionError("no error")
    assert await aside(slow, 0, None) is None


async def test_given_up_it_still_ends_before_the_next_begins():
    running = []

    def call():
        running.append(len(running))
        time.sleep_ms(200)
        running.pop()
        return "second"

    try:
        await asyncio.wait_for_ms(aside(call), 50)
    except asyncio.TimeoutError:
        pass
    else:
        raise AssertionError("no timeout")
    assert running == [0]
    assert await aside(call) == "second"
    assert running == []


async def test_without_room_for_a_stack_it_blocks():
    class Threads:
        @staticmethod
        def start_new_thread(function, args):
            raise OSError("can't create thread")

    module._thread = Threads
    assert await aside(slow, 1, 7) == 7
    assert await aside(slow, 1, 8) == 8


async def test_a_port_without_threads_connects_too():
    """As on an ESP8266: `_thread` is missing, and with it core.aside."""
    sys.modules.pop("core.aside")
    sys.modules["_thread"] = None

    import builtins

    native = __import__

    def without(name, *rest):
        if name == "_thread":
            raise ImportError(name)
        return native(name, *rest)

    builtins.__import__ = without
    from net import stream

    assert "core.aside" not in sys.modules
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 18347)
    connection = await stream.connect("127.0.0.1", 18347)
    connection.close()
    server.close()
