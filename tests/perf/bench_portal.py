"""`make bench-portal`: requests a second and latency of the portal, beside microdot and plain asyncio.

Each has a MicroPython of its own (portal_server.py): our server and microdot before the same portal with the
same page, checks and storing, the others with the same answers ready. They are measured in turn, so that what
else the machine does strikes all alike. Both ends share a core. Records go to a file system in memory.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from operator import truediv
from pathlib import Path

import microdot
import verdict
from load import LoadFailed, Measured, load
from one_core import one_core
from sheet import Sheet
from verdict import BAREST, FLOOR, OURS, Row

from firstlight.board.build import build

TESTS = Path(__file__).parents[1]
MICROPYTHON = Path(sys.executable).with_name("micropython")
SERVERS = (OURS, "microdot", FLOOR, BAREST)
TARGETS = {
    "/": "/",
    "/board_info.json": "/board_info.json",
    "/config": "/config?ssid=Caf%C3%A9+%26+Co&pass=p%40ss%2Bw0rd+%25"
    "&blynk=abcdefghijklmnopqrstuvwxyz-_0123&host=blynk.cloud",
}
ROWS = [(path, clients) for path in TARGETS for clients in (1, 8)]
# As a phone's browser sends it.
HEADERS = """\
Host: 192.168.4.1
Connection: keep-alive
Upgrade-Insecure-Requests: 1
User-Agent: Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Mobile
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
Accept-Encoding: gzip, deflate
Accept-Language: en-GB,en;q=0.9,de;q=0.8
"""
_MEMORY = Path("/dev/shm")

All = dict[tuple[str, Row], Measured]  # by server


def main() -> int:
    """Print the table and the verdict; exit status 1 when a requirement is missed."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--seconds", type=float, default=0.2, help="of each row, server and round")
    options = arguments.parse_args()
    try:
        measured = measure(options.rounds, options.seconds)
    except LoadFailed as error:
        print(f"bench-portal: failed: {error}")
        return 1
    print(sheet(measured).text())
    print(verdict.line("bench-portal", faults := verdict.portal(ratios(measured)), figures(measured)))
    return int(bool(faults))


def ratios(measured: All) -> dict[tuple[str, Row], float]:
    """Our requests a second as a part of each other server's: the median over the rounds, each by itself."""
    return {
        (server, row): statistics.median(map(truediv, measured[OURS, row].rates, measured[server, row].rates))
        for server in SERVERS[1:]
        for row in ROWS
    }


def figures(measured: All) -> str:
    """How our requests a second compare, in words."""
    by = ratios(measured)
    spans = {server: [by[server, row] for row in ROWS] for server in SERVERS[1:]}
    parts = [f"{min(each):.2f} to {max(each):.2f} of {server}'s" for server, each in spans.items()]
    return "requests/s " + " and ".join(parts)


@one_core()
def measure(rounds: int, seconds: float) -> All:
    """Every server at every row, in turn. Raises LoadFailed."""
    result: All = defaultdict(Measured)
    memory = _MEMORY if _MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="firstlight-", dir=memory) as name,
        contextlib.ExitStack() as stack,
    ):
        ports, answers = {}, {}
        for server in SERVERS:
            if server in (FLOOR, BAREST):
                _make_ready(answers[OURS], Path(name) / server)
            ports[server] = stack.enter_context(serving(server, Path(name)))
            answers[server] = [exchange(ports[server], request(target)) for target in TARGETS.values()]
        compare(answers)
        for number in range(rounds):
            for row in ROWS:
                for server in SERVERS if number % 2 else reversed(SERVERS):
                    load(result[server, row], ports[server], request(TARGETS[row[0]]), row[1], seconds)
    return result


def _make_ready(answers: list[bytes], folder: Path) -> None:
    """Put these answers where the floor finds them: number.head and number.body."""
    folder.mkdir()
    for number, answer in enumerate(answers):
        head, end, body = answer.partition(b"\r\n\r\n")
        (folder / f"{number}.head").write_bytes(head + end)
        (folder / f"{number}.body").write_bytes(body)


@contextlib.contextmanager
def serving(which: str, directory: Path) -> Iterator[int]:
    """Run a server; yields its port on 127.0.0.1. Raises LoadFailed when it does not come up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = directory / which
    folder.mkdir(exist_ok=True)
    places = [build() / "fw", TESTS / "firmware", f"{folder}/", str(port), Path(microdot.__file__).parent]
    output = directory / f"{which}.txt"
    with output.open("w") as stdout:
        process = subprocess.Popen(
            [MICROPYTHON, TESTS / "perf/portal_server.py", which, *places], stdout=stdout
        )
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                exchange(port, request("/board_info.json"))
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    last = output.read_text().strip().splitlines()[-1:]
                    raise LoadFailed(f"{which} does not start: {''.join(last)}") from None
                time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def request(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\n{HEADERS}\n".replace("\n", "\r\n").encode()


def exchange(port: int, data: bytes) -> bytes:
    """One connection, one request; all that came back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        answer = bytearray()
        while part := sock.recv(65536):
            answer += part
    return bytes(answer)


def compare(answers: dict[str, list[bytes]]) -> None:
    """Raise LoadFailed where the servers do not give the same answer, the floor to the byte."""
    for path, *each in zip(TARGETS, *answers.values(), strict=True):
        if any(b" 200 " not in answer[:16] for answer in each):
            raise LoadFailed(f"{path} is not answered with 200")
        if len({answer.partition(b"\r\n\r\n")[2] for answer in each}) > 1:
            raise LoadFailed(f"the bodies of {path} differ")
    if answers[OURS] != answers[FLOOR]:
        raise LoadFailed("the floor has other heads")


def sheet(measured: All) -> Sheet:
    """A line for each path and number of clients: requests a second, median and 99th percentile of ms."""
    columns = ["path, clients"]
    for server in SERVERS:
        columns += [f"{server}/s", "p50", "p99"]
    result = Sheet(
        "Portal, requests a second, p50 and p99 in ms", columns + [f"of {server}" for server in SERVERS[1:]]
    )
    by = ratios(measured)
    for row in ROWS:
        cells = [f"{row[0]}, {row[1]}"]
        for server in SERVERS:
            of = measured[server, row]
            cuts = statistics.quantiles(of.times, n=100)
            cells.append(f"{statistics.median(of.rates):,.0f}")
            cells += [f"{cuts[at] * 1000:.2f}" for at in (49, 98)]
        result.rows.append(cells + [f"{by[server, row]:.2f}" for server in SERVERS[1:]])
    return result


if __name__ == "__main__":
    sys.exit(main())
