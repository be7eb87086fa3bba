"""How the commands that deal with boards print."""

from __future__ import annotations

from rich.console import Console


class _Plain(Console):
    def print(self, *objects, **options) -> None:
        """As it is: no markup, and none of the emoji that rich sees in `:AB:`, a part of many addresses."""
        super().print(*objects, **{"markup": False, "emoji": False, "soft_wrap": True, **options})


def plain() -> Console:
    """A console for what may hold anything: log lines, addresses, names."""
    return _Plain(highlight=False)
