"""Both ends of a measurement on one core."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process and those that it starts on one core, where the system can do that.

    Else the scheduler puts client and server on one core or on two, for seconds at a time, and a core that
    has to wake up first doubles the time of a short exchange.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
