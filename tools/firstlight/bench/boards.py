"""What the bench knows of a board: read from `firmware/` as data, never imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from firstlight.bench.values import LIKE, PRODUCT, check_board, problem
from firstlight.board.build import SOURCE
from firstlight.board.build import boards as names
from firstlight.board.sources import parsed
from firstlight.errors import UserError

_PSRAM = ("esp32_wrover", "ttgo_t7", "ttgo_t7_s3", "xiao_esp32c5")  # by their makers' data sheets


@dataclass(frozen=True)
class Board:
    """One module of `firmware/boards/`, whose names are those of the fields in capitals."""

    name: str
    chip: str
    led: str
    led_pins: tuple[int, ...]
    led_inverted: bool
    button_pin: int
    button_active_low: bool

    @property
    def is_esp32(self) -> bool:
        """Whether the chip is of the ESP32 family."""
        return self.chip != "esp8266"

    @property
    def has_psram(self) -> bool:
        """Whether the board has RAM beside the chip's own."""
        return self.name in _PSRAM

    def button_level(self, pressed: bool) -> int:
        """The level on the button's pin."""
        return int(pressed != self.button_active_low)


def literals(path: Path) -> dict[str, object]:
    """Top-level assignments of a module whose values are literals.

    Names that start with `_` are left out; a value that is not a literal reads as None.
    """
    values: dict[str, object] = {}
    for statement in parsed(path).body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name) and not target.id.startswith("_"):
                    values[target.id] = _literal(statement.value)
    return values


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def board(name: str) -> Board:
    """Read one board. Raises UserError, with the names there are, for an unknown one."""
    if name not in names():
        raise UserError(f"--board: {name!r} is unknown; there are {', '.join(names())}")
    path = SOURCE / "boards" / f"{name}.py"
    facts = literals(path)
    check_board(path, facts)
    return Board(name=name, **{key: facts[key.upper()] for key in Board.__annotations__ if key != "name"})


def products() -> Board:
    """The board that product.py names. Raises UserError where there is none of this name."""
    name = literals(SOURCE / "product.py").get("BOARD")
    if name not in names():
        raise UserError(f"firmware/product.py: BOARD {name!r} is unknown; there are {', '.join(names())}")
    return board(str(name))


def overrides(settings: list[str], chip: str = "esp32") -> dict[str, object]:
    """`NAME=VALUE` texts as values for `product.py`, each of the kind that stands there.

    chip: as in firmware/boards. Raises UserError for a text without `=`, a name that product.py does not set,
    a value of another kind, and one that the firmware would refuse later.
    """
    known = literals(SOURCE / "product.py")
    values: dict[str, object] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UserError(f"--set: {setting!r} is not NAME=VALUE")
        if name not in known:
            raise UserError(f"--set: product.py has no {name!r}; it sets {', '.join(sorted(known))}")
        values[name] = _value(name, text, known[name])
        wrong = problem(name, values[name], chip)
        if wrong:
            told = "that" if "@" in text else repr(values[name])  # before it there may be a password
            raise UserError(f"--set: {name} cannot be {told}: {wrong}")
    return values


def _value(name: str, text: str, present: object) -> object:
    """The text as a value of the kind that product.py has."""
    if name == "BOARD":
        board(text)
    if name == "INDICATE":
        raise UserError("--set: INDICATE is a function; set it in firmware/product.py")
    if isinstance(present, str) or (present is None and name != "WILL"):
        return text.strip("'\"")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    kind = PRODUCT.get(name) or LIKE.get(type(present))
    if kind and name != "WILL" and not kind.fits(value):
        raise UserError(f"--set: {name} is {kind.looks}, not {text!r}")
    return value
