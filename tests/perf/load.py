"""Clients that ask an HTTP server without a pause, each request over a connection of its own.

All of them live in one thread: a thread each would measure how threads take turns.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from dataclasses import dataclass, field

GRACE_S = 0.1


@dataclass
class Measured:
    """Of one server and row: requests a second of each round, and the seconds that each request took."""

    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


class LoadFailed(Exception):
    """Nothing can be measured: a server is not there, or answers wrongly."""


def load(measured: Measured, port: int, data: bytes, clients: int, seconds: float) -> None:
    """Let some clients ask 127.0.0.1:port for so long. Raises LoadFailed.

    What is not answered a little later is given up, and counts as having taken so long: a connection that
    found no place in the server's queue is tried again by the kernel only after a second.
    """
    times: list[tuple[float, float]] = []  # when it was answered, and after how long
    end = time.perf_counter() + seconds
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            _Client(selector, ("127.0.0.1", port), data, end, times)
        while selector.get_map() and (left := end + GRACE_S - time.perf_counter()) > 0:
            for key, _ in selector.select(left):
                key.data.go_on()
        for key in list(selector.get_map().values()):
            key.data.done()
    in_time = sum(done <= end for done, _ in times)
    if not in_time:
        raise LoadFailed(f"no answer within {seconds:g} s")
    measured.rates.append(in_time / seconds)  # a connection that stalls does not stretch the round
    measured.times += [taken for _, taken in times]


class _Client:
    def __init__(
        self,
        selector: selectors.BaseSelector,
        address: tuple[str, int],
        data: bytes,
        end: float,
        times: list[tuple[float, float]],
    ) -> None:
        self._selector = selector
        self._address = address
        self._data = data
        self._end = end
        self._times = times
        self._ask()

    def _ask(self) -> None:
        self._began = time.perf_counter()
        if self._began >= self._end:
            return
        self._answer = b""
        self._sock = socket.socket()
        self._sock.setblocking(False)
        problem = self._sock.connect_ex(self._address)
        if problem not in (0, errno.EINPROGRESS):
            raise LoadFailed(f"cannot connect: {errno.errorcode.get(problem, problem)}")
        self._sent = False
        self._selector.register(self._sock, selectors.EVENT_WRITE, self)
        self._send()  # on loopback a connection is made by now

    def _send(self) -> None:
        try:
            self._sock.send(self._data)
        except BlockingIOError:
            return
        self._sent = True
        self._selector.modify(self._sock, selectors.EVENT_READ, self)

    def go_on(self) -> None:
        """The socket is ready for the next step."""
        if not self._sent:
            return self._send()
        try:
            part = self._sock.recv(65536)
        except OSError as error:
            raise LoadFailed(f"{error} after {len(self._answer)} bytes") from None
        if part:
            self._answer = self._answer or part[:16]
            return None
        self.done()
        if b" 200 " not in self._answer:
            raise LoadFailed(f"an answer was {self._answer!r}")
        self._ask()
        return None

    def done(self) -> None:
        """The answer is there, or nobody waits for it any more."""
        self._selector.unregister(self._sock)
        self._sock.close()
        now = time.perf_counter()
        self._times.append((now, now - self._began))
