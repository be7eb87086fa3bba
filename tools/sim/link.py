"""The wire to the bench, one JSON object a line, and the one place where the device waits."""

import json
import select
from _thread import allocate_lock, get_ident
from time import sleep_ms, ticks_add, ticks_diff, ticks_ms

from micropython import schedule

_OUT_OF_REACH = 1 << 30

handlers = {}  # name of a bench event -> function(message)
lost = False  # the bench has gone
timers = []  # armed machine.Timer objects: `due` in native ticks, fire()
threads = 0  # how many run besides the main one, which alone hears the wire
lock = allocate_lock()  # for what they share

_main = get_ident()
_wire = None
_poller = None
_replies = {}  # number of a request -> its answer, or None
_requests = 0
_held = None  # soft interrupts that a blocking call keeps from running
_depth = 8


def open_wire(fd):
    """Take over the inherited socket."""
    global _wire, _poller
    _wire = open(fd, "r+b")
    _poller = select.poll()
    _poller.register(_wire, select.POLLIN)
    return _wire


def queue_depth(count):
    """How many soft interrupts wait at most (PORT-BEHAVIOUR 7)."""
    global _depth
    _depth = count


def send(message):
    global lost
    try:
        _wire.write(json.dumps(message) + "\n")
    except OSError:
        lost = True
        raise SystemExit


def receive():
    """Handle one message. Without a bench there is no device: its end of file ends the process."""
    global lost
    line = _wire.readline()
    if not line:
        lost = True
        raise SystemExit
    message = json.loads(line)
    event = message["event"]
    if event == "reply":
        with lock:
            _replies[message["to"]] = message
    else:
        handlers[event](message)


def first_timer(ms):
    """`ms` (-1: for ever) cut short by the next timer."""
    now = ticks_ms()
    for timer in timers:
        left = max(0, ticks_diff(timer.due, now))
        if ms < 0 or left < ms:
            ms = left
    return ms


def run_timers():
    if timers:
        now = ticks_ms()
        for timer in list(timers):
            if ticks_diff(timer.due, now) <= 0:
                timer.fire(now)


def serve(ms):
    """Handle what the bench sends and what timers do for `ms`."""
    if get_ident() != _main:
        sleep_ms(ms)
        return
    end = ticks_add(ticks_ms(), ms)
    while True:
        left = max(0, ticks_diff(end, ticks_ms()))
        for _ in _poller.ipoll(first_timer(left)):
            receive()
        run_timers()
        if ticks_diff(end, ticks_ms()) <= 0:
            return


def request(message):
    """Send, and wait for the answer."""
    global _requests
    with lock:
        _requests += 1
        number = _requests
        _replies[number] = None
    message["number"] = number
    send(message)
    while _replies[number] is None:
        serve_once()
    with lock:
        return _replies.pop(number)


def serve_once():
    if get_ident() != _main:
        sleep_ms(1)
        return
    for _ in _poller.ipoll(first_timer(_OUT_OF_REACH)):
        receive()
    run_timers()


def stop():
    """The rest never runs: the bench is about to end this process."""
    hold()
    while True:
        serve_once()


def soft(handler, argument):
    """Run a soft interrupt handler as soon as the port would; lost when the queue is full."""
    if _held is not None:
        if len(_held) < _depth:
            _held.append((handler, argument))
        return
    try:
        schedule(handler, argument)
    except RuntimeError:
        pass  # PORT-BEHAVIOUR 2, callbacks: silently lost when queue full


def hold():
    """Enter a call during which the port runs no callbacks of this thread (PORT-BEHAVIOUR 7)."""
    global _held
    if _held is None and get_ident() == _main:
        _held = []


def release():
    global _held
    if get_ident() != _main:
        return
    late = _held or ()
    _held = None
    for handler, argument in late:
        soft(handler, argument)
