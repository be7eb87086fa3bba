"""Running a command's coroutine, with the same Ctrl-C on every supported Python."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """asyncio.run(), whose Ctrl-C cancels `main` and lets it clean up. Raises KeyboardInterrupt after that.

    Python 3.11 does so by itself; 3.10 interrupts whichever task happens to run, a broker's for example.
    """
    if sys.version_info >= (3, 11) or threading.current_thread() is not threading.main_thread():
        return asyncio.run(main)
    interrupted = False

    async def whole() -> Result | None:
        task = asyncio.current_task()

        def interrupt() -> None:
            nonlocal interrupted
            interrupted = True
            task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)
        try:
            return await main
        except asyncio.CancelledError:
            if not interrupted:
                raise
            return None

    result = asyncio.run(whole())
    if interrupted:
        raise KeyboardInterrupt
    return result
