"""`make bench-mqtt`: the time of a publish to Mosquitto on loopback, our client beside the barest one.

Each has a MicroPython of its own; they are measured in turn, round after round, so that what else the machine
does strikes both alike.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from firstlight.board.build import build

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
from brokers import Mosquitto  # noqa: E402  not a package

MICROPYTHON = Path(sys.executable).with_name("micropython")
CLIENTS = ("ours", "bare")
MOST = 1.5  # of the bare client's median

Times = dict[tuple[str, str], list[list[int]]]  # client, QoS -> microseconds, a list for each round


def main(console: Console) -> int:
    """Print the table and the verdict; exit status 1 when our QoS 1 takes too long beside the bare one's."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--messages", type=int, default=1000, help="of each client, QoS and round")
    options = arguments.parse_args()
    try:
        times = measure(options.rounds, options.messages)
    except (pytest.skip.Exception, pytest.fail.Exception) as e:
        console.print(f"bench-mqtt: failed: {e.msg}")
        return 1
    table = Table("client", "QoS", "median µs", "95 %", "99 %", box=None)
    for (client, qos), rounds in times.items():
        table.add_row(client, qos, *(f"{quantile(rounds, part):.0f}" for part in (50, 95, 99)))
    console.print(table)
    ratio = quantile(times["ours", "1"], 50) / quantile(times["bare", "1"], 50)
    verdict = "ok" if ratio <= MOST else "failed:"
    console.print(f"bench-mqtt: {verdict} QoS 1 takes {ratio:.2f} times as long as with the bare client")
    return int(ratio > MOST)


def measure(rounds: int, messages: int) -> Times:
    times: Times = {}
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name, Mosquitto(Path(name)) as broker:
        for number in range(rounds):
            for client in CLIENTS if number % 2 else reversed(CLIENTS):
                arguments = (build() / "fw", client, str(broker.port), str(messages))
                command = [MICROPYTHON, TESTS / "perf/mqtt_client.py", *arguments]
                done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
                for qos, taken in json.loads(done.stdout).items():
                    times.setdefault((client, qos), []).append(taken)
    return times


def quantile(rounds: list[list[int]], part: int) -> float:
    """Return the median over the rounds of this percentile."""
    return statistics.median(sorted(taken)[len(taken) * part // 100] for taken in rounds)


if __name__ == "__main__":
    sys.exit(main(Console(highlight=False)))
