"""Runs recorded expressions on a virtual device; every result is printed as one JSON line."""

import json
import sys
import time

import machine
import neopixel
import network
from machine import PWM, WDT, Pin, Timer

_STABLE_MS = 60
_NOISE_MS = 50
_LONGEST_MS = 600

printed = []


def _print(*values):
    printed.append(" ".join([str(value) for value in values]))


class _Time:
    """`time` whose long sleeps shrink with the radio's waiting times."""

    def __init__(self, scale):
        self._scale = scale

    def sleep(self, seconds):
        time.sleep_ms(int(seconds * 1000 * self._scale))

    def sleep_ms(self, ms):
        time.sleep_ms(ms)


def _describe(error):
    return f"EXC {error!r} | str: {error}".strip()


def _answer(code, scope):
    """`repr` or `EXC repr | str: text`; None for a statement."""
    try:
        code_object = compile(code, "record", "eval")
    except SyntaxError:
        code_object = None
    try:
        if code_object:
            return repr(eval(code_object, scope))
        exec(code, scope)
        return None
    except Exception as error:
        return _describe(error)


def _timeline(station, wanted):
    """What (status, isconnected) goes through, until it has been as wanted and stayed so."""
    states = []
    wanted = [tuple(state) for state in wanted]
    start = since = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < _NOISE_MS:
        if (station.status(), station.isconnected()) == wanted[0]:
            break
        time.sleep_ms(1)  # an event is in flight; the record's reader leaves such states out, too
    while time.ticks_diff(time.ticks_ms(), start) < _LONGEST_MS:
        state = (station.status(), station.isconnected())
        if state[0] != station.status():
            continue  # an event came between the two calls
        if not states or states[-1] != state:
            states.append(state)
            since = time.ticks_ms()
        if states == wanted and time.ticks_diff(time.ticks_ms(), since) >= _STABLE_MS:
            break
        time.sleep_ms(2)
    return states


def _main():
    with open("/steps.json") as file:
        job = json.load(file)
    station = network.WLAN(network.STA_IF)
    point = network.WLAN(network.AP_IF)
    scope = {"print": _print, "time": _Time(job["scale"]), "s": station, "a": point, "ap": point}
    for value in (machine, neopixel, network, Pin, PWM, Timer, WDT):
        scope[value.__name__] = value
    for at, (code, wanted, settle) in enumerate(job["steps"]):
        printed.clear()
        row = {"step": at, "result": _answer(code, scope), "printed": list(printed)}
        if wanted is not None:
            row["timeline"] = _timeline(station, wanted)
        print("@" + json.dumps(row))
        time.sleep_ms(int(settle * 1000 * job["scale"]))
    print("@done")


try:
    _main()
except Exception as error:
    sys.print_exception(error)
