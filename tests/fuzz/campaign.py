"""`make fuzz`: mutated HTTP requests, DNS packets and streams of MQTT brokers against the firmware.

It runs in the real MicroPython. The seeds lie beside this file. What fails is written to build/fuzz, to be
kept as a seed; with the printed seed of the random numbers the run can be repeated.
"""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from rich.console import Console
from rich.table import Table

import campaigns
from firstlight.board.build import ROOT, build

HERE = Path(__file__).parent
MICROPYTHON = Path(sys.executable).with_name("micropython")
KINDS = ("http", "dns", "mqtt")
PATIENCE_S = 120
INPUT_S = 0.005


def main(console: Console) -> int:
    """Run all campaigns; exit status 1 when an input failed or heap is missing."""
    arguments = campaigns.Parser("fuzz", description=__doc__.split("\n")[0])
    arguments.add_argument("--inputs", type=campaigns.count, default=100_000, help="of each kind")
    arguments.add_argument(
        "--seed", type=campaigns.seed, default=secrets.randbits(30), help="of the random numbers"
    )
    options = arguments.parse_args()
    console.print(f"{options.inputs:,} inputs of each kind, random seed {options.seed}")
    lines = run(options.inputs, options.seed)
    problem = next((line for line in lines if "failed" in line), None)
    if problem or len(lines) < len(KINDS):
        kind = KINDS[len(lines) - 1 if problem else len(lines)]
        words = problem["failed"] if problem else "the interpreter has ended"
        kept = keep(kind, problem["inputs"]) if problem else "nothing"
        console.print(f"fuzz: failed: {kind}: {words}; seed {options.seed}; kept: {kept}", soft_wrap=True)
        return 1
    console.print(table(lines))
    missing = ", ".join(f"{kind} {line['missing']}" for kind, line in zip(KINDS, lines, strict=True))
    seconds = sum(line["ms"] for line in lines) / 1000
    requests, packets, streams = (count(line) for line in lines)
    console.print(
        f"fuzz: ok {requests:,} requests, {packets:,} DNS packets and {streams:,} MQTT streams "
        f"in {seconds:.0f} s, bytes of heap missing: {missing}",
        soft_wrap=True,
    )
    return 0


def run(inputs: int, seed: int) -> list[dict]:
    """The lines of inside.py; anything else that it prints is shown."""
    with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
        places = [build() / "fw", HERE.parent / "firmware", f"{folder}/", str(inputs), str(seed)]
        process = subprocess.Popen(
            [MICROPYTHON, HERE / "inside.py", *places], stdout=subprocess.PIPE, text=True
        )
        try:
            output, _ = process.communicate(timeout=PATIENCE_S + len(KINDS) * inputs * INPUT_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    found = []
    for line in output.splitlines():
        if line.startswith("{"):
            found.append(json.loads(line))
        else:
            print(line)
    return found


def keep(kind: str, inputs: list[str]) -> str:
    """Write the inputs that failed; returns their names."""
    folder = ROOT / "build" / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, text in enumerate(inputs):
        path = folder / f"failed-{number}.{kind}"
        path.write_bytes(bytes.fromhex(text))
        names.append(str(path.relative_to(ROOT)))
    return ", ".join(names) or "nothing"


def count(line: dict) -> int:
    """How many inputs were answered; messages are told beside them."""
    return sum(number for kind, number in line["answers"].items() if kind != "messages")


def table(lines: list[dict]) -> Table:
    """How the inputs were answered."""
    result = Table("kind", "answers", "slowest ms", "seconds", box=None)
    for kind, line in zip(KINDS, lines, strict=True):
        answers = sorted((status, number) for status, number in line["answers"].items() if number)
        words = ", ".join(f"{'none' if status == '0' else status}: {number:,}" for status, number in answers)
        result.add_row(kind, words, str(line["slowest"]), f"{line['ms'] / 1000:.0f}")
    return result


if __name__ == "__main__":
    sys.exit(main(Console(highlight=False)))
