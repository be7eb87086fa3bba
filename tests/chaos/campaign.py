"""`make chaos`: seeded scenarios of up to five faults each, on virtual devices before a real broker.

Each device has the real firmware, a record on its flash that was verified before, a mosquitto of its own
and a proxy before it. `kinds.py` is the table of faults. `--seed N` plays one scenario and tells all of it.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import kinds
import report
from broker import MISSING, find
from judge import Outcome
from play import SCALE, play
from rich.console import Console
from rich.progress import track
from scenarios import draw
from scene import prepare
from stored import firmware

from campaigns import Parser, count, ended, from_on, seed

APPLICATION = Path(__file__).with_name("application") / "app.py"
WORKERS = 8  # on two cores: a scenario mostly waits


def one(seed: int, tree: Path, scale: float, only: str | None = None) -> Outcome:
    """One scenario in a folder of its own. What keeps the bench from playing it is a problem of it, too."""
    scenario = draw(seed, only)
    try:
        with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
            return asyncio.run(play(scenario, Path(folder), tree, scale))
    except Exception as error:
        return Outcome(scenario, problems=[f"not played ({type(error).__name__}: {error})"])


def campaign(console: Console, tree: Path, options: argparse.Namespace) -> int:
    """All of them, several at a time; the exit status."""
    first = options.first
    seeds = range(first, first + options.runs)
    prepare((draw(seed, options.only) for seed in seeds), tree, options.scale)
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(options.workers, multiprocessing.get_context("spawn")) as pool:
        try:
            scenarios = [pool.submit(one, seed, tree, options.scale, options.only) for seed in seeds]
            for done in track(
                as_completed(scenarios), "scenarios", len(scenarios), console=console, transient=True
            ):
                outcomes.append(done.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    outcomes.sort(key=lambda outcome: outcome.scenario.seed)
    wrong = [outcome for outcome in outcomes if outcome.problems]
    for outcome in wrong:
        report.failure(console, outcome)
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            story = options.keep / f"{outcome.scenario.seed}.txt"
            story.write_text("\n".join([str(outcome.scenario), *outcome.problems, *outcome.timeline]) + "\n")
    console.print(report.table(outcomes))
    if wrong:
        console.print(report.causes(outcomes))
    return report.verdict(console, outcomes, first, options.scale)


def alone(console: Console, tree: Path, options: argparse.Namespace) -> int:
    """One scenario with all that happened; the exit status."""
    outcome = one(options.seed, tree, options.scale, options.only)
    for line in outcome.timeline:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    outcome.tail = []
    report.failure(console, outcome)
    return report.verdict(console, [outcome], options.seed, options.scale)


def main() -> int:
    parser = Parser("chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=count, default=300, help="scenarios")
    parser.add_argument(
        "--first", type=seed, default=random.randrange(1_000_000), help="seed of the first one"
    )
    parser.add_argument("--seed", type=seed, help="play this one alone, and tell all that happens")
    parser.add_argument(
        "--only", choices=kinds.possible(), help="a kind of fault that each scenario shall have"
    )
    parser.add_argument("--keep", type=Path, help="a folder for all that happened in those that went wrong")
    parser.add_argument(
        "--scale", type=from_on(0.01), default=SCALE, help="real seconds of a second of the device's"
    )
    parser.add_argument("--workers", type=count, default=WORKERS, help="scenarios at a time")
    options = parser.parse_args()
    console = Console()
    if not find():
        print(f"chaos: {MISSING}", file=sys.stderr)
        return 2

    def job() -> int:
        with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
            tree = firmware(Path(folder, "firmware"), APPLICATION)
            return (campaign if options.seed is None else alone)(console, tree, options)

    return ended(console, "chaos", job)


if __name__ == "__main__":
    sys.exit(main())
