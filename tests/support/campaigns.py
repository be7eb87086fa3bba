"""What the campaigns share: their options, how each ends, and its last line.

What cannot be meant by an option is told in one line, and nothing runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from rich.console import Console


class Parser(argparse.ArgumentParser):
    """Errors in one line, by the name of the make target; exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def count(text: str) -> int:
    """A whole number, 1 at least."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def seed(text: str) -> int:
    """A whole number."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def from_on(least: float) -> Callable[[str], float]:
    """What reads a number that is so great at least."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} on")
        return value

    return number


def last_line(console: Console, name: str, good: bool, text: str) -> int:
    """Print `NAME: ok …` or `NAME: failed …`; the exit status that goes with it."""
    console.print(
        f"{name}: {'ok' if good else 'failed'} {text}", soft_wrap=True, highlight=False, markup=False
    )
    return 0 if good else 1


def ended(console: Console, name: str, job: Callable[[], int]) -> int:
    """The exit status of a campaign, which has a last line whatever ends it."""
    try:
        return job()
    except KeyboardInterrupt:
        last_line(console, name, False, "interrupted")
        return 130
    except Exception as error:  # a device or a broker that could not even be started
        console.print_exception()
        return last_line(console, name, False, f"{type(error).__name__}: {error}")
