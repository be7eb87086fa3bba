"""The button on a pin that the test moves; hold times are scaled down about 40 times."""

import asyncio
import sys
import time

import micropython


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
from button import button as module  # noqa: E402  it needs the pin above

Button = module.Button

PHASES = (100, 250, 450, 1200)
DOUBLE_MS = 150


class Bench:
    """A running button with what it told: phases, ("released", phase), ("clicks", count)."""

    def __init__(self, active_low=True, pressed=False):
        self.told = []
        self.down, self.up = (0, 1) if active_low else (1, 0)
        self.button = Button(
            0, active_low, 6, DOUBLE_MS, PHASES, self.told.append, self.on_release, self.on_click
        )
        self.pin = Pin.last
        if pressed:
            self.pin.level = self.down
        self.task = asyncio.create_task(self.button.run())

    def on_release(self, number):
        self.told.append(("released", number))

    def on_click(self, count):
        self.told.append(("clicks", count))

    async def press(self, ms):
        """Press for so long, and wait until all is told."""
        await asyncio.sleep_ms(20)
        self.pin.set(self.down)
        await asyncio.sleep_ms(ms)
        self.pin.set(self.up)
        await asyncio.sleep_ms(DOUBLE_MS + 60)
        told = self.told[:]
        self.told.clear()
        return told

    async def blocked(self, ms, *levels):
        """C code blocks for `ms`, the pin takes these levels, and the handler runs only afterwards."""
        edges = 0
        for level in levels:
            edges += level != self.pin.level
            self.pin.level = level
        time.sleep_ms(ms)
        for _ in range(edges):
            self.pin.handler(self.pin)
        await asyncio.sleep_ms(0)


async def test_a_click():
    assert await Bench().press(25) == [("clicks", 1)]


async def test_a_double_click():
    bench = Bench()
    await asyncio.sleep_ms(20)
    for _ in range(2):
        bench.pin.set(bench.down)
        await asyncio.sleep_ms(15)
        bench.pin.set(bench.up)
        await asyncio.sleep_ms(20)
    await asyncio.sleep_ms(40)
    assert bench.told == [("clicks", 2)]
    assert await bench.press(25) == [("clicks", 2), ("clicks", 1)]


async def test_two_slow_clicks_are_no_double_click():
    bench = Bench()
    assert await bench.press(20) == [("clicks", 1)]
    assert await bench.press(20) == [("clicks", 1)]


async def test_a_click_waits_no_longer_than_a_double_click_may_take():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.up)
    begun = time.ticks_ms()
    while not bench.told:
        await asyncio.sleep_ms(1)
    waited = time.ticks_diff(time.ticks_ms(), begun)
    assert DOUBLE_MS <= waited < DOUBLE_MS + 100, waited


async def test_a_hold_after_a_click_is_still_a_hold():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.up)
    assert await bench.press(350) == [1, 2, 0, ("released", 2), ("clicks", 1)]


async def test_pulls():
    assert Bench().pin.pull == Pin.PULL_UP
    bench = Bench(active_low=False)
    assert bench.pin.pull == Pin.PULL_DOWN
    assert await bench.press(25) == [("clicks", 1)]


async def test_phases():
    bench = Bench()
    assert await bench.press(170) == [1, 0, ("released", 1)]
    assert await bench.press(350) == [1, 2, 0, ("released", 2)]
    assert await bench.press(550) == [1, 2, 3, 0, ("released", 3)]


async def test_a_spike_shorter_than_the_debounce_is_nothing():
    assert await Bench().press(2) == []


async def test_bouncing_contacts_are_one_press():
    bench = Bench()
    await asyncio.sleep_ms(20)
    for level in (bench.down, bench.up):
        for _ in range(4):
            bench.pin.set(level)
            await asyncio.sleep_ms(1)
            bench.pin.set(1 - level)
            await asyncio.sleep_ms(1)
        bench.pin.set(level)
        await asyncio.sleep_ms(350 if level == bench.down else 30)
    assert bench.told == [1, 2, 0, ("released", 2)], bench.told


async def test_a_spike_in_a_hold_does_not_end_it():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(180)
    bench.pin.set(bench.up)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(170)
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(30)
    assert bench.told == [1, 2, 0, ("released", 2)], bench.told


async def test_held_at_boot_does_nothing_until_let_go():
    bench = Bench(pressed=True)
    await asyncio.sleep_ms(500)
    assert bench.told == []
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(20)
    assert bench.told == []
    assert await bench.press(350) == [1, 2, 0, ("released", 2)]


async def test_pressed_right_after_the_start_is_a_press():
    bench = Bench()
    await asyncio.sleep_ms(0)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(350)
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(30)
    assert bench.told == [1, 2, 0, ("released", 2)], bench.told


async def test_a_stuck_button_is_reported_once_and_ignored():
    lines = capture()
    bench = Bench()
    assert await bench.press(1500) == [1, 2, 3, 4, 0]
    assert len(lines) == 1 and "stuck" in lines[0], lines
    assert await bench.press(25) == [("clicks", 1)]
    bench = Bench(pressed=True)
    await asyncio.sleep_ms(50)
    assert len(lines) == 2 and "held at the start" in lines[1], lines


async def test_a_listener_that_fails_does_not_end_the_button():
    lines = capture()
    bench = Bench()
    bench.button._on_phase = bench.button._on_click = lambda number: number.missing
    assert await bench.press(350) == [("released", 2)]
    assert await bench.press(25) == []
    assert sum("AttributeError" in line for line in lines) == 4, lines


async def test_held_through_two_blocked_times_counts_in_full():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(10)
    await bench.blocked(110)
    await asyncio.sleep_ms(15)
    await bench.blocked(170)
    await asyncio.sleep_ms(15)
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(30)
    assert bench.told == [1, 2, 0, ("released", 2)], bench.told


async def test_a_short_press_in_a_long_blocked_time_is_nothing():
    bench = Bench()
    await asyncio.sleep_ms(20)
    await bench.blocked(250, bench.down, bench.up)
    await asyncio.sleep_ms(DOUBLE_MS + 60)
    assert bench.told == []


async def test_let_go_in_a_blocked_time_that_spans_a_phase_is_nothing():
    """It may have been let go at 40 ms or at 300: before the erasing phase, or in it."""
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(40)
    await bench.blocked(260, bench.up)
    await asyncio.sleep_ms(DOUBLE_MS + 60)
    assert bench.told == []


async def test_let_go_in_a_blocked_time_within_one_phase_counts():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(270)
    await bench.blocked(110, bench.up)
    await asyncio.sleep_ms(30)
    assert bench.told == [1, 2, 0, ("released", 2)], bench.told


async def test_let_go_and_pressed_again_in_a_blocked_time_counts_from_anew():
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(140)
    await bench.blocked(150, bench.up, bench.down)
    await asyncio.sleep_ms(160)
    assert bench.told == [1, 0, 1], bench.told
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(30)
    assert bench.told == [1, 0, 1, 0, ("released", 1)]


async def test_a_press_that_begins_in_a_blocked_time_counts_from_its_end():
    bench = Bench()
    await asyncio.sleep_ms(20)
    await bench.blocked(250, bench.down)
    await asyncio.sleep_ms(170)
    bench.pin.set(bench.up)
    await asyncio.sleep_ms(30)
    assert bench.told == [1, 0, ("released", 1)], bench.told


async def test_a_lost_interrupt_of_the_release_is_noticed_by_looking():
    """The queue of soft interrupts was full."""
    bench = Bench()
    await asyncio.sleep_ms(20)
    bench.pin.set(bench.down)
    await asyncio.sleep_ms(170)
    bench.pin.level = bench.up
    await asyncio.sleep_ms(30)
    assert bench.told == [1, 0, ("released", 1)], bench.told


async def test_a_press_six_days_after_the_last_edge():
    """The difference of ticks has changed its sign by then, and what it says is the opposite."""
    bench = Bench()
    assert await bench.press(2) == []  # a spike, which might be taken for a bounce for ever
    bench.button._up = bench.button._since = time.ticks_add(time.ticks_ms(), 1000)
    assert await bench.press(170) == [1, 0, ("released", 1)]


def test_the_interrupt_uses_no_memory():
    button = Button(0, True, 6, 0, PHASES, None, None, None)
    pin = button._pin
    micropython.heap_lock()
    try:
        for _ in range(20):
            pin.level = 1 - pin.level
            button._moved(pin)
    finally:
        micropython.heap_unlock()


def capture():
    """Lines that the button logs from now on."""
    lines = []
    module.log.warn = lambda tag, *words: lines.append(" ".join(words))
    module.log.exception = lambda tag, error: lines.append(type(error).__name__)
    return lines
