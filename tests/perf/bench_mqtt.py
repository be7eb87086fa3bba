"""`make bench-mqtt`: the time of a publish to a loopback Mosquitto, our client beside the barest and others.

Each has a MicroPython of its own; they are measured in turn, round after round, so that what else the machine
does strikes all alike. Broker and client share a core.
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
import verdict
from one_core import one_core
from sheet import Sheet
from verdict import BARE, OURS

from firstlight.board.build import ROOT, build

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
from brokers import Mosquitto  # noqa: E402  not a package

MICROPYTHON = Path(sys.executable).with_name("micropython")
CLIENTS = (OURS, BARE, "chumicro-mqtt", "aiomqttc")
SLOW = {"aiomqttc": 10}  # messages of those that need a tenth of a second for each
WANTED = Path(__file__).with_name("peers.txt")
_PEERS = ROOT / "build" / "peers"

Times = dict[tuple[str, str], list[list[int]]]  # client, QoS -> microseconds, a list for each round


class NothingMeasured(Exception):
    """A broker, a client or its sources are missing."""


def main() -> int:
    """Print the table and the verdict; exit status 1 when our QoS 1 takes too long beside the bare one's."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--messages", type=int, default=1000, help="of each client, QoS and round")
    options = arguments.parse_args()
    try:
        times = measure(options.rounds, options.messages)
    except NothingMeasured as error:
        print(f"bench-mqtt: failed: {error}")
        return 1
    print(sheet(times).text())
    faults = verdict.mqtt(medians(times))
    print(verdict.line("bench-mqtt", faults, figures(times)))
    return int(bool(faults))


@one_core()
def measure(rounds: int, messages: int) -> Times:
    """The µs of each publish. Raises NothingMeasured."""
    times: Times = {}
    peers()
    try:
        with tempfile.TemporaryDirectory(prefix="firstlight-") as name, Mosquitto(Path(name)) as broker:
            for number in range(rounds):
                for client in CLIENTS if number % 2 else reversed(CLIENTS):
                    count = min(messages, SLOW.get(client, messages))
                    for qos, taken in _publish(client, broker.port, count).items():
                        times.setdefault((client, qos), []).append(taken)
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        raise NothingMeasured(error.msg) from None
    return times


def _publish(client: str, port: int, messages: int) -> dict[str, list[int]]:
    script = TESTS / "perf/mqtt_client.py"
    command = [MICROPYTHON, script, build() / "fw", _PEERS, client, str(port), str(messages)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        raise NothingMeasured(f"{client} does not come to an end") from None
    if done.returncode:
        raise NothingMeasured(f"{client} does not run: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def peers() -> None:
    """Unpack what peers.txt names into build/peers, once. Raises NothingMeasured when pip cannot."""
    stamp = _PEERS / "peers.txt"
    wanted = WANTED.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # They say which CPython they want, and run in none.
    command += [
        "--ignore-requires-python",
        "--upgrade",
        "--target",
        str(_PEERS),
        "--requirement",
        str(WANTED),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NothingMeasured(f"pip cannot fetch the peers: {done.stderr.strip().splitlines()[-1]}")
    stamp.write_text(wanted)


def medians(times: Times) -> dict[str, float]:
    """Each client's µs of a QoS 1 publish."""
    return {client: quantile(times[client, "1"], 50) for client in CLIENTS}


def figures(times: Times) -> str:
    """How our QoS 1 compares, in words."""
    by = medians(times)
    return f"QoS 1 takes {by[OURS] / by[BARE]:.2f} times as long as with the bare client"


def quantile(rounds: list[list[int]], part: int) -> float:
    """Return the median over the rounds of this percentile."""
    return statistics.median(sorted(taken)[len(taken) * part // 100] for taken in rounds)


def sheet(times: Times) -> Sheet:
    """A line for each client: µs of a publish, of QoS 1 until its PUBACK."""
    columns = ("client", "QoS 0 p50 µs", "QoS 1 p50 µs", "p95", "p99", "of bare")
    result = Sheet("MQTT, time of a publish", columns)
    by = medians(times)
    for client in CLIENTS:
        cells = [client, f"{quantile(times[client, '0'], 50):,.0f}"]
        cells += [f"{quantile(times[client, '1'], part):,.0f}" for part in (50, 95, 99)]
        result.rows.append([*cells, f"{by[client] / by[BARE]:,.2f}"])
    return result


if __name__ == "__main__":
    sys.exit(main())
