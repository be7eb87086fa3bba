"""`machine.PWM` of the ESP32 port, v1.24: frequencies as divided, scarce channels and timers."""

import arguments
import pins

_CLOCK = 80000000
_FREQ_TEXT = "frequency must be from 1Hz to 40MHz"
_TEXT = (
    "PWM(Pin({}), freq={}, {}={}, resolution={}, (duty={:.2f}%, resolution={:.3f}%), "
    "mode={}, channel={}, timer={})"
)
_DUTIES = ("duty", "duty_u16", "duty_ns")

_channels = []  # [pin or None, timer index]; index // channels a group = mode
_timers = []  # frequency or None
_group = 8
_timer_group = 4
_input_only = ()


def setup(chip):
    global _group, _timer_group, _input_only
    _group, groups, _timer_group = chip["pwm"]
    _channels.extend([[None, None] for _ in range(_group * groups)])
    _timers.extend([None] * (_timer_group * groups))
    _input_only = chip["input_only"]


def _resolution(freq):
    """Bits of duty that the divider leaves at this frequency."""
    count = max(1, (_CLOCK + freq // 2) // freq)
    bits = 0
    while count > 1:
        count >>= 1
        bits += 1
    return min(max(bits, 1), 20)


def _real(freq):
    """The frequency that comes out: record, 1000 reads as 998."""
    bits = _resolution(freq)
    divider = (_CLOCK * 256 + (freq << bits) // 2) // (freq << bits)
    return int(_CLOCK * 256 / (divider << bits) + 0.5)


def _find_timer(freq, mode):
    free = None
    for index, used in enumerate(_timers):
        if mode is None or index // _timer_group == mode:
            if used == freq:
                return index
            if used is None and free is None:
                free = index
    return free


def _find_channel(gpio, mode=None):
    free = None
    for index, (owner, _) in enumerate(_channels):
        if mode is None or index // _group == mode:
            if owner == gpio:
                return index
            if owner is None and free is None:
                free = index
    return free


def _leave(channel):
    """Free a channel, and its timer with the last one on it."""
    timer = _channels[channel][1]
    _channels[channel][:] = None, None
    if timer is not None and not [1 for _, used in _channels if used == timer]:
        _timers[timer] = None


class PWM:
    def __init__(self, *args, **kw):
        if not args:
            raise TypeError("function missing 1 required positional arguments")
        pin = pins.Pin(args[0])
        self._gpio = pin._gpio
        if self._gpio in _input_only:
            raise ValueError("PWM not supported on Pin({})".format(self._gpio))
        self._channel = None
        self._kind, self._value = "duty", 512
        self._begin(args[1:], kw)

    def __repr__(self):
        if self._channel is None:
            return "PWM(Pin({}))".format(self._gpio)
        timer = _channels[self._channel][1]
        bits = _resolution(_timers[timer])
        shown = {"duty": self.duty, "duty_u16": self.duty_u16, "duty_ns": self.duty_ns}[self._kind]()
        return _TEXT.format(
            self._gpio,
            self.freq(),
            self._kind,
            shown,
            bits,
            self._u16() * 100 / 65535,
            100 / (1 << bits),
            self._channel // _group,
            self._channel % _group,
            timer % _timer_group,
        )

    def init(self, *args, **kw):
        self._begin(args, kw)

    def _begin(self, args, kw):
        given = arguments.parse(args, kw, ("freq", "*duty", "*duty_u16", "*duty_ns"))
        freq = given.get("freq")
        if freq is not None:
            _check_freq(freq)
        duties = [kind for kind in _DUTIES if kind in given]
        if len(duties) > 1:
            raise ValueError("only one of parameters 'duty', 'duty_u16' or 'duty_ns' is allowed")
        self._take(freq)
        if duties:
            self._set(duties[0], given[duties[0]])
        self._show()

    def _take(self, freq):
        """Find a channel and a timer as the port does: by frequency, in the same group where it can."""
        channel = _find_channel(self._gpio)
        if channel is None:
            raise ValueError("out of PWM channels:{}".format(len(_channels)))
        if freq is None:
            timer = _channels[channel][1]
            freq = 5000 if timer is None else _timers[timer]
        if _channels[channel][0] is not None:
            _leave(channel)
        mode = channel // _group
        timer = _find_timer(freq, mode)
        if timer is None:
            timer = _find_timer(freq, None)
        if timer is None:
            raise ValueError("out of PWM timers:{}".format(len(_timers)))
        if timer // _timer_group != mode:
            channel = _find_channel(self._gpio, timer // _timer_group)
            if channel is None:
                raise ValueError("out of PWM channels:{}".format(len(_channels)))
        _timers[timer] = freq
        _channels[channel][:] = self._gpio, timer
        self._channel = channel
        pins.PWM_OFF[self._gpio] = self.deinit

    def _need(self):
        if self._channel is None:
            raise RuntimeError("PWM inactive")

    def deinit(self):
        if self._channel is not None:
            _leave(self._channel)
            self._channel = None
            pins.PWM_OFF.pop(self._gpio, None)
            pins.show(self._gpio, 0)

    def freq(self, *args):
        self._need()
        if not args:
            return _real(_timers[_channels[self._channel][1]])
        _check_freq(args[0])
        self._take(args[0])
        self._show()

    def _timer_freq(self):
        return _timers[_channels[self._channel][1]]

    def _set(self, kind, value):
        value = arguments.integer(value)
        if kind == "duty" and not 0 <= value <= 1023:
            raise ValueError("duty must be from 0 to 1023")
        if kind == "duty_u16" and not 0 <= value <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        if kind == "duty_ns":
            most = 1000000000 // self._timer_freq()
            if not 0 <= value <= most:
                raise ValueError("duty_ns must be from 0 to {} ns".format(most))
        self._kind, self._value = kind, value

    def _u16(self):
        if self._kind == "duty":
            return self._value << 6
        if self._kind == "duty_u16":
            return self._value
        return min(65535, int(self._value * self._timer_freq() * 65535 / 1000000000 + 0.5))

    def _show(self):
        pins.show(self._gpio, self._u16())

    def _duty(self, kind, args):
        self._need()
        if args:
            self._set(kind, args[0])
            self._show()

    def duty(self, *args):
        self._duty("duty", args)
        return None if args else self._u16() >> 6

    def duty_u16(self, *args):
        self._duty("duty_u16", args)
        return None if args else self._u16()

    def duty_ns(self, *args):
        self._duty("duty_ns", args)
        return None if args else int(self._u16() * 1000000000 / (65535 * self._timer_freq()) + 0.5)


def _check_freq(freq):
    if not 1 <= arguments.integer(freq) <= 40000000:
        raise ValueError(_FREQ_TEXT)
