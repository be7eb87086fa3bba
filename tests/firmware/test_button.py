"""The button on a pin that the test moves; hold times are scaled down 50 times."""

import asyncio
import sys
import time


class Pin:
    """What the button uses of machine.Pin, with a level that the test sets."""

    IN, PULL_UP, PULL_DOWN, IRQ_RISING, IRQ_FALLING = 0, 1, 2, 1, 2
    last = None

    def __init__(self, number, mode, pull):
        self.level = int(pull == Pin.PULL_UP)
        self.pull = pull
        Pin.last = self

    def irq(self, handler, trigger):
        assert trigger == 3
        self.handler = handler

    def value(self):
        return self.level

    def set(self, level):
        if level != self.level:
            self.level = level
            self.handler(self)


class Machine:
    pass


Machine.Pin = Pin
sys.modules["machine"] = Machine
from button.button import Button  # noqa: E402  it needs the pin above

PHASES = (60, 200, 400)


class Bench:
    """A running button with what it told."""

    def __init__(self, active_low=True):
        self.told = []
        self.down, self.up = (0, 1) if active_low else (1, 0)
        self.button = Button(0, active_low, 6, PHASES, self.on_phase, self.on_release)
        self.pin = Pin.last
        self.task = asyncio.create_task(self.button.run())

    def on_phase(self, number):
        self.told.append(number)

    def on_release(self, number):
        self.told.append(("released", number))

    async def press(self, ms):
        await asyncio.sleep_ms(20)
        self.pin.set(self.down)
        await asyncio.sleep_ms(ms)
        self.pin.set(self.up)
        await asyncio.sleep_ms(30)
        self.task.cancel()
        return self.told


async def test_a_click():
    assert await Bench().press(25) == [("released", 0)]


async def test_active_high_has_a_pull_down():
    bench = Bench(active_low=False)
    assert bench.pin.pull == Pin.PULL_DOWN
    assert await bench.press(25) == [("released", 0)]


async def test_phases():
    assert await Bench().press(120) == [1, ("released", 1)]
    assert await Bench().press(280) == [1, 2, ("released", 2)]
    assert await Bench().press(480) == [1, 2, 3, ("released", 3)]


async def test_a_spike_shorter_than_the_debounce_is_nothing():
    assert await Bench().press(2) == []


async def test_bouncing_contacts_are_one_press():
    bench = Bench()
    await asyncio.sleep_ms(20)
    for _ in range(4):
        bench.pin.set(bench.down)
        await asyncio.sleep_ms(1)
        bench.pin.set(bench.up)
        await asyncio.sleep_ms(1)
    assert await bench.press(280) == [1, 2, ("released", 2)]


async def test_held_at_boot_does_nothing_until_let_go():
    bench = Bench()
    bench.pin.level = bench.down
    await asyncio.sleep_ms(500)
    assert bench.told == []
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(20)
    assert bench.told == []
    assert await bench.press(280) == [1, 2, ("released", 2)]


async def test_let_go_in_time_while_the_device_was_busy():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(20)
    time.sleep_ms(10)
    bench.pin.set(bench.up)  # the interrupt tells when; the loop learns it 500 ms late
    time.sleep_ms(500)
    await asyncio.sleep_ms(30)
    bench.task.cancel()
    assert bench.told == [("released", 0)], bench.told


async def test_held_through_a_blocking_call_still_counts_in_full():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(20)
    time.sleep_ms(250)
    await asyncio.sleep_ms(5)
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(30)
    bench.task.cancel()
    assert bench.told == [1, 2, ("released", 2)], bench.told
