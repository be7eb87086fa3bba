"""`machine`: what a product needs of it. ADC and the buses are not stood in: a missing name says so."""

import link as _link
import pins as _pins
import power as _power
import timers as _timers
from sim_time import ticks_us as _ticks_us

Pin = _pins.Pin
Signal = _pins.Signal
Timer = _timers.Timer
RTC = _power.RTC
WDT = _power.WDT
deepsleep = _power.deepsleep
disable_irq = _power.disable_irq
enable_irq = _power.enable_irq
freq = _power.freq
idle = _power.idle
lightsleep = _power.lightsleep
reset = _power.reset
reset_cause = _power.reset_cause
soft_reset = _power.soft_reset
unique_id = _power.unique_id

_pixels = {}


def bitstream(pin, encoding, timing, buf):
    """Pixels on a wire; the bench is told of the first one (three bytes in wire order) when it changes."""
    first = bytes(buf[:3]).hex()
    if _pixels.get(pin._gpio) != first:
        _pixels[pin._gpio] = first
        _link.send({"do": "pixel", "pin": pin._gpio, "grb": first, "us": _ticks_us()})
