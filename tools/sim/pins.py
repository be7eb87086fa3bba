"""`machine.Pin` and `machine.Signal`: levels come from the bench, lights go to it."""

import arguments
import link
from sim_time import ticks_us

_levels = {}  # GPIO -> level, where something outside drives the pin
_pins = {}  # GPIO -> its one Pin
_chip = None
_esp32 = True

PWM_OFF = {}  # GPIO -> function that takes a PWM off the pin


def setup(chip, levels):
    global _chip, _esp32
    _chip = chip
    _esp32 = chip["platform"] == "esp32"
    _levels.update(levels)
    link.handlers["pin"] = _driven
    Pin.IN, Pin.OUT, Pin.OPEN_DRAIN = (1, 3, 7) if _esp32 else (0, 1, 2)
    Pin.PULL_UP = 2 if _esp32 else 1
    if _esp32:
        Pin.PULL_DOWN = 1
        Pin.board = board


def _driven(message):
    gpio, level = message["pin"], message["level"]
    before = _levels.get(gpio)
    _levels[gpio] = level
    pin = _pins.get(gpio)
    if pin and level != before:
        pin._edge(level)


def show(gpio, duty):
    """Tell the bench how long a pin is high, 0 to 65535, when that changed."""
    if _shown.get(gpio) != duty:
        _shown[gpio] = duty
        link.send({"do": "light", "pin": gpio, "duty": duty, "us": ticks_us()})


_shown = {}


class board:
    """Named pins: the generic boards have none."""


class Irq:
    """What Pin.irq() returns: its handler and trigger."""

    def __init__(self, pin):
        self._pin = pin

    def __repr__(self):
        return "<IRQ>"

    def __call__(self):
        self._pin._edge(self._pin())

    def trigger(self, *args):
        before = self._pin._trigger
        if args:
            self._pin._trigger = args[0]
        return before


class Pin:
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __new__(cls, gpio, *args, **kw):
        if isinstance(gpio, Pin):
            pin = gpio
        elif type(gpio) is int and gpio in _chip["pins"]:
            pin = _pins.get(gpio) or object.__new__(cls)
        elif type(gpio) is int or _esp32:
            raise ValueError("invalid pin")
        else:
            raise TypeError("can't convert {} to int".format(type(gpio).__name__))
        if pin._gpio is None:
            pin._gpio = gpio
            _pins[gpio] = pin
        if args or kw:
            pin.init(*args, **kw)
        return pin

    _gpio = None
    _mode = None
    _pull = None
    _out = 0
    _handler = None
    _trigger = 0

    def __repr__(self):
        return "Pin({})".format(self._gpio)

    def init(self, *args, **kw):
        names = ("mode", "pull", "*value", "*drive", "*hold") if _esp32 else ("mode", "pull", "*value")
        given = arguments.parse(args, kw, names, 0 if _esp32 else 1)
        mode = given.get("mode")
        value = given.get("value")
        drives = mode is not None and (mode & 2 if _esp32 else mode)
        if drives and self._gpio in _chip["input_only"]:
            raise ValueError("pin can only be input")
        pull = given.get("pull", self._pull)
        if self._gpio == 16 and not _esp32 and pull:
            raise ValueError("Pin(16) doesn't support pull")
        self._pull = pull
        if mode is not None:
            self._mode = mode
            if self._gpio in PWM_OFF:
                PWM_OFF.pop(self._gpio)()
        if value is not None:
            self._write(value)
        elif mode is not None and self._drives():
            self._write(self._out)

    def _drives(self):
        return bool(self._mode and (self._mode & 2 if _esp32 else True))

    def _write(self, value):
        if self._gpio in _chip["input_only"]:
            return  # record: Pin(34).value(1) gives None
        self._out = 1 if value else 0
        if self._drives():
            show(self._gpio, 65535 * self._out)

    def value(self, *args):
        arguments.positional(args, 0, 1)
        if args:
            return self._write(args[0])
        link.serve(0)  # so that a loop that only reads the pin sees it change
        if self._gpio in _levels:
            return _levels[self._gpio]
        if self._drives():
            return self._out
        return 1 if self._pull == Pin.PULL_UP else 0

    __call__ = value

    def on(self):
        self._write(1)

    def off(self):
        self._write(0)

    def irq(self, *args, **kw):
        names = ("handler", "trigger", "wake") if _esp32 else ("handler", "trigger", "hard")
        given = arguments.parse(args, kw, names)
        if not _esp32 and self._gpio == 16:
            raise OSError(38)
        if given.get("hard"):
            raise ValueError("hard IRQ not supported")
        if given:
            self._handler = given.get("handler")
            self._trigger = given.get("trigger", Pin.IRQ_RISING | Pin.IRQ_FALLING)
        return Irq(self)

    def _edge(self, level):
        if self._handler and self._trigger & (Pin.IRQ_RISING if level else Pin.IRQ_FALLING):
            link.soft(self._handler, self)


class Signal:
    """A pin with its polarity taken off."""

    def __init__(self, pin, *args, invert=False, **kw):
        self._pin = pin if hasattr(pin, "value") and not args and not kw else Pin(pin, *args, **kw)
        self._invert = bool(invert)

    def value(self, *args):
        if args:
            return self._pin.value(bool(args[0]) != self._invert)
        return int(bool(self._pin.value()) != self._invert)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)
