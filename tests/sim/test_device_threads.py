"""Threads: an ESP32 has them, an ESP8266 has not, and a slow look-up shows the difference."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

import support

ONLINE = """
    import asyncio, network, socket, time
    sta = network.WLAN()
    sta.active(True)
    sta.connect("Home", "correct horse")
    while not sta.isconnected():
        time.sleep_ms(10)
"""


def lines(tmp_path, main, board="esp32_devkit", lookup=0.5):
    """What it prints before `end`, in a world whose look-ups take so many seconds."""

    async def scenario():
        around = replace(support.world(support.HOME), lookup=lookup)
        async with support.running(tmp_path, ONLINE + main, world=around, board=board) as device:
            await device.wait("log", line="end")
            return support.log(device)[:-1]

    return asyncio.run(scenario())


def test_an_esp8266_has_no_threads(tmp_path):
    main = """
    try:
        import _thread
    except ImportError as e:
        print(e)
    print("end")
    """
    assert lines(tmp_path, main, "esp8266_nodemcu") == ["no module named '_thread'"]


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_nodemcu"])
def test_a_look_up_takes_its_time_and_an_address_none(tmp_path, board):
    main = """
    for host in ("cloud.example", "127.0.0.1"):
        start = time.ticks_ms()
        socket.getaddrinfo(host, 80)
        print(time.ticks_diff(time.ticks_ms(), start) >= 500)
    print("end")
    """
    assert lines(tmp_path, main, board) == ["True", "False"]


def test_the_loop_goes_on_while_a_thread_looks_up(tmp_path):
    """And hears at once, without polling for ever, that the thread has set the flag."""
    main = """
    import _thread

    async def main():
        flag = asyncio.ThreadSafeFlag()
        found = []

        def look_up():
            found.append(socket.getaddrinfo("cloud.example", 80))
            flag.set()

        start = time.ticks_ms()
        _thread.start_new_thread(look_up, ())
        turns = 0
        while not found:
            await asyncio.sleep_ms(10)
            turns += 1
        print(turns > 20)
        _thread.start_new_thread(look_up, ())
        await flag.wait()
        await flag.wait()
        print(len(found), time.ticks_diff(time.ticks_ms(), start) < 1500)

    asyncio.run(main())
    print("end")
    """
    assert lines(tmp_path, main) == ["True", "2 True"]


def test_a_scan_and_a_look_up_get_each_its_own_answer(tmp_path):
    main = """
    import _thread
    found = []
    _thread.start_new_thread(lambda: found.append(socket.getaddrinfo("cloud.example", 80)), ())
    time.sleep_ms(20)
    print([row[0] for row in sta.scan()], found)
    while not found:
        time.sleep_ms(10)
    print(found[0][0][3])
    print("end")
    """
    assert lines(tmp_path, main) == ["[b'Home'] []", "cloud.example"]
