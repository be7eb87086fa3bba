"""`machine.PWM` of the ESP8266 port: one shared frequency, few pins, values clamped (PORT-BEHAVIOUR 2)."""

import arguments
import pins

_PINS = (0, 2, 4, 5, 12, 13, 14, 15)

_freq = 500


class PWM:
    def __init__(self, pin, *args, **kw):
        self._gpio = pins.Pin(pin)._gpio
        if self._gpio not in _PINS:
            raise ValueError("PWM not supported on pin {}".format(self._gpio))
        self._duty = 0
        self._active = False
        self.init(*args, **kw)

    def __repr__(self):
        if not self._active:
            return "PWM({})".format(self._gpio)
        return "PWM({}, freq={}, duty={})".format(self._gpio, _freq, self._duty)

    def init(self, *args, **kw):
        given = arguments.parse(args, kw, ("freq", "duty", "duty_u16", "duty_ns"))
        if "freq" in given:
            self.freq(given["freq"])
        self._active = True
        pins.PWM_OFF[self._gpio] = self.deinit
        if "duty" in given:
            self.duty(given["duty"])
        if "duty_u16" in given:
            self._set(given["duty_u16"] * 1000 // 65536)  # times 1000, not 1024: PORT-BEHAVIOUR 2
        if "duty_ns" in given:
            self.duty_ns(given["duty_ns"])
        self._show()

    def deinit(self):
        self._active = False
        pins.PWM_OFF.pop(self._gpio, None)
        pins.show(self._gpio, 0)

    def freq(self, *args):
        global _freq
        if not args:
            return _freq
        _freq = min(max(arguments.integer(args[0]), 1), 1000)

    def _set(self, duty):
        self._duty = min(max(duty, 0), 1023)
        self._active = True  # PORT-BEHAVIOUR 2, after deinit: duty reactivates
        self._show()

    def _show(self):
        pins.show(self._gpio, self._duty * 65535 // 1023)

    def duty(self, *args):
        if not args:
            return self._duty
        self._set(arguments.integer(args[0]))

    def duty_u16(self, *args):
        if not args:
            return self._duty * 65536 // 1024
        self._set(arguments.integer(args[0]) * 1024 // 65536)

    def duty_ns(self, *args):
        period = 1000000000 // _freq
        if not args:
            return self._duty * period // 1024
        self._set(arguments.integer(args[0]) * 1024 // period)
