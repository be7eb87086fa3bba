"""Ports of benches that run side by side."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from firstlight.bench import ports
from firstlight.errors import UserError

OTHER = """
import socket, sys
from firstlight.bench import ports
ports._FIRST, ports._LAST = map(int, sys.argv[1:])
ports.random.sample = lambda population, count: list(population)
print(ports.choose(("127.0.0.1", 0), "--portal", socket.SOCK_STREAM)[1], flush=True)
sys.stdin.read()
"""
PORTS = 19997, 19998  # not of the range in which the other tests, at the same time, keep what they chose


def test_two_processes_never_choose_the_same_port(monkeypatch):
    """Also while neither has bound its own."""
    places = [str(PORTS[0]), str(PORTS[-1] + 1)]
    monkeypatch.setattr(ports, "_FIRST", PORTS[0])
    monkeypatch.setattr(ports, "_LAST", PORTS[-1] + 1)
    monkeypatch.setattr(ports.random, "sample", lambda population, count: list(population))
    mine = ports.choose(("127.0.0.1", 0), "--portal", socket.SOCK_STREAM)[1]
    for _ in range(2):  # and what a process had is free when it has ended
        other = subprocess.Popen(
            [sys.executable, "-c", OTHER, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert int(other.stdout.readline()) == (set(PORTS) - {mine}).pop()
        other.communicate("")


def test_a_taken_port_is_told_in_words():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        place = other.getsockname()
        with pytest.raises(
            UserError, match=r"^--portal: cannot use [\d.:]+ \(Address already in use\); choose"
        ):
            ports.choose(place, "--portal", socket.SOCK_STREAM)
