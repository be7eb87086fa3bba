"""Interrupts reach the firmware wherever the port lets them, and the light shows outside."""

from __future__ import annotations

import asyncio
import textwrap

import pytest

import support

BUTTON = """
    import asyncio, machine, network, time
    from machine import Pin
    start = time.ticks_ms()
    pin = Pin(0, Pin.IN, Pin.PULL_UP)
    edges = []
    pin.irq(lambda pin: edges.append(pin()), Pin.IRQ_RISING | Pin.IRQ_FALLING)
"""


def trial(tmp_path, main, **options):
    """Press when it prints `now`, release 50 ms later; the lines it printed before `end`."""

    async def scenario():
        async with support.running(tmp_path, BUTTON + main, **options) as device:
            await device.wait("log", line="now")
            await asyncio.sleep(0.05)
            await device.hold(0.05)
            await device.wait("log", line="end")
            return support.log(device)

    return asyncio.run(scenario())


def test_while_asyncio_waits(tmp_path):
    """ThreadSafeFlag wakes a loop that has nothing else to do, at once and without polling."""
    main = """
    async def main():
        flag = asyncio.ThreadSafeFlag()
        pin.irq(lambda pin: flag.set())
        print("now")
        for _ in range(2):
            await flag.wait()
            print("level", pin())
    asyncio.run(main())
    print("end")
    """
    assert trial(tmp_path, main) == ["now", "level 0", "level 1", "end"]


@pytest.mark.parametrize("call", ["time.sleep_ms(300)", "time.sleep(0.3)"])
def test_while_it_sleeps(tmp_path, call):
    """Handlers run during the sleep, and the sleep lasts as long as it should."""
    main = f"""
    pin.irq(lambda pin: edges.append(time.ticks_diff(time.ticks_ms(), start)))
    print("now")
    start = time.ticks_ms()
    {call}
    slept = time.ticks_diff(time.ticks_ms(), start)
    print(len(edges), max(edges) < 250, 295 <= slept < 400)
    print("end")
    """
    assert trial(tmp_path, main) == ["now", "2 True True", "end"]


def test_while_it_scans(tmp_path):
    """The port runs no callback during scan(), and runs them when it is over (PORT-BEHAVIOUR 7)."""
    main = """
    sta = network.WLAN(network.STA_IF)
    sta.active(True)
    pin.irq(lambda pin: edges.append(time.ticks_diff(time.ticks_ms(), start)))
    print("now")
    start = time.ticks_ms()
    found = sta.scan()
    print(len(found), [ms >= 325 for ms in edges])
    print("end")
    """
    options = {"world": support.world(support.HOME, scale=0.15)}
    assert trial(tmp_path, main, **options) == ["now", "1 [True, True]", "end"]


def test_a_loop_that_only_reads_the_pin(tmp_path):
    main = """
    print("now")
    while pin():
        pass
    while not pin():
        pass
    print(edges)
    print("end")
    """
    lines = trial(tmp_path, main)
    assert lines[0] == "now" and lines[-1] == "end"


def test_timers_fire_while_asyncio_waits(tmp_path):
    main = """
        import asyncio
        from machine import Timer
        ticks = []
        flag = asyncio.ThreadSafeFlag()
        def tick(timer):
            ticks.append(1)
            if len(ticks) == 5:
                timer.deinit()
                flag.set()
        Timer(0).init(period=10, mode=Timer.PERIODIC, callback=tick)
        asyncio.run(flag.wait())
        print("ticks", len(ticks))
        """

    async def scenario():
        async with support.running(tmp_path, main) as device:
            await device.wait("log", line="ticks 5")

    asyncio.run(scenario())


ESP32 = "esp32_devkit"

# The firmware's own button, ten times faster: 3, 10, 20 and 60 seconds.
SCANS = """
    import asyncio, network
    from button.button import Button
    if {aside}:
        from core.aside import aside
    sta = network.WLAN(network.STA_IF)
    sta.active(True)
    def tell(what):
        return lambda number: print(what, number)
    button = Button(0, True, 30, 40, (300, 1000, 2000, 6000), tell("phase"), tell("released"), tell("clicks"))
    async def main():
        task = asyncio.create_task(button.run())
        await asyncio.sleep_ms(50)
        print("now")
        for _ in range({scans}):
            await asyncio.sleep_ms(200)
            await aside(sta.scan) if {aside} else sta.scan()
        await asyncio.sleep_ms(1000)
        print("end")
    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("board", "aside", "scans", "scan_s", "press_at", "hold", "told"),
    [
        ("esp8266_nodemcu", False, 2, 0.31, 0, 1.2, ["phase 1", "phase 2", "phase 0", "released 2"]),
        (ESP32, False, 2, 0.31, 0, 1.2, ["phase 1", "phase 2", "phase 0", "released 2"]),  # held through both
        (ESP32, False, 1, 1.5, 0.5, 0.2, []),  # a short press in a long scan
        (ESP32, False, 1, 0.8, 0.1, 0.2, []),  # begun before it; let go in it, after 0.1 s or after 0.9 s
        (ESP32, False, 1, 0.7, 0.5, 1.1, ["phase 1", "phase 0", "released 1"]),  # begun in it: 7 s are sure
        (ESP32, True, 1, 1.5, 0.5, 0.2, ["clicks 1"]),  # the same press, the scan in a thread
        (ESP32, True, 1, 0.8, 0.1, 0.2, ["clicks 1"]),
        (ESP32, True, 1, 0.7, 0.5, 1.1, ["phase 1", "phase 2", "phase 0", "released 2"]),
    ],
)
def test_hold_times_while_it_scans(tmp_path, board, aside, scans, scan_s, press_at, hold, told):
    """Handlers wait for a scan: nothing erases that was not held so long for sure. In a thread all counts."""
    main = SCANS.replace("{scans}", str(scans)).replace("{aside}", str(aside))

    async def scenario():
        options = {"world": support.world(support.HOME, scale=scan_s / 2.2), "board": board}
        parts = ("button/button", "core/log", "core/aside")
        async with support.running(tmp_path, main, parts=parts, **options) as device:
            await device.wait("log", line="now")
            await asyncio.sleep(press_at)
            await device.hold(hold)
            await device.wait("log", line="end")
            return support.log(device)

    assert asyncio.run(scenario()) == ["now", *told, "end"]


@pytest.mark.parametrize(
    ("board", "main", "colours"),
    [
        (
            "esp32_devkit",
            """
            pwm = machine.PWM(machine.Pin(2), freq=1000, duty_u16=0x8080)
            time.sleep_ms(30)
            pwm.duty_u16(0x8081)
            """,
            ["BABABA", "000000"],
        ),
        (
            "esp8266_witty",
            """
            for pin, duty in ((15, 1023), (12, 512), (13, 0)):
                machine.PWM(machine.Pin(pin), freq=500, duty=duty)
            """,
            ["FFBA00", "000000"],
        ),
        ("esp8266_nodemcu", "machine.Pin(2, machine.Pin.OUT, value=0)", ["FFFFFF", "000000"]),
        (
            "esp32c3_devkit",
            """
            pixels = neopixel.NeoPixel(machine.Pin(8), 1)
            for _ in range(2):
                pixels[0] = (0x24, 0xC4, 0x8E)
                pixels.write()
            """,
            ["69E2C3", "000000"],
        ),
    ],
)
def test_light(tmp_path, board, main, colours):
    """Each kind shows its colour as the eye sees it; what looks the same is one event."""
    source = f"import machine, neopixel, time\n{textwrap.dedent(main)}\ntime.sleep_ms(30)\nprint('end')\n"

    async def scenario():
        async with support.running(tmp_path, source, board=board) as device:
            await device.wait("log", line="end")
            await asyncio.sleep(0.03)
            assert device.led == colours[0]
            await device.power_cut()
            return [event["rgb"] for event in device.events if event["event"] == "led"]

    assert asyncio.run(scenario()) == colours
