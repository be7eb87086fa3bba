"""A board's log after its reset, until it is known that the firmware works."""

from __future__ import annotations

import re
from collections.abc import Callable

from firstlight.board.transport import Board
from firstlight.errors import UserError

_STATE = re.compile(r"\d+ [A-Z] state (\S+)$")
# Where a reset leads: without credentials, and with them.
STARTED = ("WAIT_CONFIG", "CONNECTING_NET", "CONNECTING_CLOUD", "RUNNING")


def follow(board: Board, seconds: float, show: Callable[[str], None]) -> str:
    """Reset the board and show its log until it waits for a phone, or connects; returns that state.

    Raises UserError with its last words when it does neither within this time.
    """
    board.reset()
    last = "nothing"
    for line in board.follow(seconds):
        show(line)
        if line.strip():
            last = line.strip()
        found = _STATE.match(line)
        if found and found[1] in STARTED:
            return found[1]
        if found and found[1] == "ERROR":
            break
    raise UserError(
        f"{board.port}: the firmware did not come up within {seconds:g} s; its last words: {last}"
    )
