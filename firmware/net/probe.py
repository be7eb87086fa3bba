"""What stands between us and the internet, and the time as a web server tells it."""

import asyncio

from core.date import unix
from net.fetch import FetchError, ask, split


async def captive(url, ms):
    """Whether somebody else answers for a URL known to give 204; None when nothing can be said.

    Takes http:// only: a portal cannot answer for a server that has a certificate.
    """
    try:
        return _captive(await asyncio.wait_for_ms(ask("GET", url), ms))
    except (OSError, EOFError, ValueError, asyncio.TimeoutError):
        return None


async def told(url, ms):
    """Unix seconds of the Date of whoever answers, 0 when nobody does or it has none."""
    try:
        return date(await asyncio.wait_for_ms(ask("GET", url), ms))
    except (OSError, EOFError, ValueError, asyncio.TimeoutError):
        return 0


def _captive(data):
    """Judge an answer. Pure. A server that has trouble (5xx) says nothing about who it is."""
    try:
        status = split(data)[0]
    except FetchError:
        return None
    if 500 <= status != 511:
        return None
    return status != 204


def date(head):
    """Unix seconds of a Date header, 0 where there is none that can be read. Pure."""
    at = head.lower().find(b"\r\ndate:")
    if at < 0:
        return 0
    try:
        _, day, month, year, clock, _ = head[at + 7 :].split(b"\r\n", 1)[0].decode().split()
        return unix(day, month, year, clock)
    except ValueError:
        return 0
