"""What happens to one device: faults drawn from a seed. The same seed gives the same scenario."""

from __future__ import annotations

import random
from dataclasses import dataclass

import kinds

# Both chips, and a light of each kind: three lamps, one, a WS2812.
BOARDS = ("esp32_wrover", "esp32_devkit", "esp32c3_devkit", "esp8266_witty", "esp8266_nodemcu")
MOST_FAULTS = 5
_LATEST_S = 40.0
_SHORTEST_S, _LONGEST_S = 2.0, 90.0
_AT_ONCE = ("board reset", "flood", "oversize")  # kinds without a length


@dataclass(frozen=True)
class Fault:
    """One fault. start: seconds after the scenario begins; both by the device's scaled clock."""

    kind: str
    start: float
    seconds: float

    @property
    def end(self) -> float:
        return self.start + self.seconds

    def __str__(self) -> str:
        return f"{self.kind} at {self.start:.1f} s for {self.seconds:.1f} s"


@dataclass(frozen=True)
class Scenario:
    """One device, and what befalls it.

    tls: its server is one of TLS. early: the faults begin with the power, else once it is RUNNING.
    """

    seed: int
    board: str
    tls: bool
    early: bool
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        server = "TLS" if self.tls else "plain"
        begin = "from power-on" if self.early else "from RUNNING"
        return f"seed {self.seed}: {self.board}, {server}, {begin}: {'; '.join(map(str, self.faults))}"


def draw(seed: int, only: str | None = None) -> Scenario:
    """The scenario of a seed; `only` puts one kind of fault in the first one's place."""
    dice = random.Random(seed)
    tls = dice.random() < 0.5 and "tls" not in kinds.WITHOUT
    names = [name for name, kind in kinds.possible().items() if tls or not kind.tls]
    board = dice.choice(BOARDS)
    early = dice.random() < 0.3
    chosen = dice.sample(names, dice.randint(1, MOST_FAULTS))
    if only:
        chosen = [only, *(name for name in chosen if name != only)][: len(chosen)]
        tls = tls or kinds.KINDS[only].tls
    faults = tuple(_fault(dice, name) for name in chosen)
    return Scenario(seed, board, tls, early, tuple(sorted(faults, key=lambda fault: fault.start)))


def _fault(dice: random.Random, kind: str) -> Fault:
    """Lengths spread over their magnitudes: as many short ones as long ones."""
    start = dice.uniform(0, _LATEST_S)
    seconds = _SHORTEST_S * (_LONGEST_S / _SHORTEST_S) ** dice.random()
    return Fault(kind, round(start, 1), 0.0 if kind in _AT_ONCE else round(seconds, 1))
