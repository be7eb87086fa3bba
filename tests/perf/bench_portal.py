"""`make bench-portal`: requests a second and latency of the portal, on our server and on microdot.

Both run in the same MicroPython, each in a process of its own, behind the same portal with the same page,
checks and storing (portal_server.py). They are measured in turn, round after round, so that what else the
machine does strikes both alike. Neither keeps connections alive: each request has its own.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import microdot
from rich.console import Console
from rich.table import Table

from firstlight.board.build import build

TESTS = Path(__file__).parents[1]
MICROPYTHON = Path(sys.executable).with_name("micropython")
SERVERS = ("ours", "microdot")
TARGETS = {
    "/": "/",
    "/board_info.json": "/board_info.json",
    "/config": "/config?ssid=Caf%C3%A9+%26+Co&pass=p%40ss%2Bw0rd+%25"
    "&blynk=abcdefghijklmnopqrstuvwxyz-_0123&host=blynk.cloud",
}
ROWS = [(path, clients) for path in TARGETS for clients in (1, 4)]
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

Row = tuple[str, int]  # path, clients


def main(console: Console) -> int:
    """Print the table and the verdict; exit status 1 when a row of ours is the slower one."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--seconds", type=float, default=0.4, help="of each row, server and round")
    options = arguments.parse_args()
    try:
        measured = measure(options.rounds, options.seconds)
    except BenchFailed as error:
        console.print(f"bench-portal: failed: {error}", soft_wrap=True)
        return 1
    ratios = {row: rate(measured["ours", row]) / rate(measured["microdot", row]) for row in ROWS}
    console.print(table(measured, ratios))
    slower = [f"{path} with {clients}" for (path, clients), ratio in ratios.items() if ratio < 1]
    verdict = f"failed: slower at {', '.join(slower)}" if slower else "ok"
    spread = f"{min(ratios.values()):.2f} to {max(ratios.values()):.2f} times microdot's requests/s"
    console.print(f"bench-portal: {verdict}; {spread}, {options.rounds} rounds", soft_wrap=True)
    return 1 if slower else 0


class BenchFailed(Exception):
    """Nothing can be measured: a server is not there or answers wrongly."""


class Measured:
    """Of one server and row: requests a second of each round, and the seconds that each request took."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.times: list[float] = []


def rate(measured: Measured) -> float:
    return statistics.median(measured.rates)


def measure(rounds: int, seconds: float) -> dict[tuple[str, Row], Measured]:
    """Both servers at every row, in turn."""
    result: dict[tuple[str, Row], Measured] = defaultdict(Measured)
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name, contextlib.ExitStack() as stack:
        ports = {which: stack.enter_context(serving(which, Path(name))) for which in SERVERS}
        compare(ports)
        for number in range(rounds):
            for row in ROWS:
                for which in SERVERS if number % 2 else reversed(SERVERS):
                    load(result[which, row], ports[which], request(TARGETS[row[0]]), row[1], seconds)
    return result


@contextlib.contextmanager
def serving(which: str, directory: Path) -> Iterator[int]:
    """Run a server; yields its port on 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = directory / which
    folder.mkdir()
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
                    raise BenchFailed(f"{which} does not start: {''.join(last)}") from None
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


def compare(ports: dict[str, int]) -> None:
    """Raise BenchFailed where the two do not give the same answer."""
    for path, target in TARGETS.items():
        answers = [exchange(ports[which], request(target)).partition(b"\r\n\r\n") for which in SERVERS]
        if any(head.split(b" ")[1] != b"200" for head, _, _ in answers):
            raise BenchFailed(f"{path} is not answered with 200")
        if answers[0][2] != answers[1][2]:
            raise BenchFailed(f"the bodies of {path} differ")


def load(measured: Measured, port: int, data: bytes, clients: int, seconds: float) -> None:
    """Let some clients ask without a pause."""
    times: list[float] = []
    failures: list[bytes] = []
    begin = time.perf_counter()

    def client() -> None:
        while (start := time.perf_counter()) < begin + seconds:
            try:
                answer = exchange(port, data)
            except OSError as error:
                answer = str(error).encode()
            times.append(time.perf_counter() - start)
            if b" 200 " not in answer[:16]:
                failures.append(answer[:40])

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise BenchFailed(f"{len(failures)} of {len(times)} answers were not 200: {failures[0]!r}")
    measured.rates.append(len(times) / (time.perf_counter() - begin))
    measured.times += times


def table(measured: dict[tuple[str, Row], Measured], ratios: dict[Row, float]) -> Table:
    """A line for each path and number of clients: requests a second, median and 99th percentile of ms."""
    result = Table("path", "clients", box=None)
    for which in SERVERS:
        for column in (f"{which}/s", "p50", "p99"):
            result.add_column(column, justify="right")
    result.add_column("ratio", justify="right")
    for row in ROWS:
        cells = [row[0], str(row[1])]
        for which in SERVERS:
            cuts = statistics.quantiles(measured[which, row].times, n=100)
            cells += [f"{rate(measured[which, row]):,.0f}"]
            cells += [f"{cuts[49] * 1000:.2f}", f"{cuts[98] * 1000:.2f}"]
        result.add_row(*cells, f"{ratios[row]:.2f}")
    return result


if __name__ == "__main__":
    sys.exit(main(Console(highlight=False)))
