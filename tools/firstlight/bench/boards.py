"""What the bench knows of a board: read from `firmware/` as data, never imported."""

from __future__ import annotations

import ast
import re
import runpy
from dataclasses import dataclass
from pathlib import Path

from firstlight.board.build import SOURCE
from firstlight.board.build import boards as names
from firstlight.board.sources import parsed
from firstlight.errors import UserError


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
    except ValueError:
        return None


def board(name: str) -> Board:
    """Read one board. Raises UserError, with the names there are, for an unknown one."""
    if name not in names():
        raise UserError(f"--board: {name!r} is unknown; there are {', '.join(names())}")
    path = SOURCE / "boards" / f"{name}.py"
    values = literals(path)
    try:
        fields = {key: values[key.upper()] for key in Board.__annotations__ if key != "name"}
    except KeyError as missing:
        raise UserError(f"firmware/boards/{name}.py: {missing.args[0]} is not set") from None
    return Board(name=name, **fields)


_LOOKS = {
    bool: "True or False",
    tuple: "a tuple such as ('blynk.setup',)",
    dict: "a dict such as {'RUNNING': (0x0000FF, -4000)}",
}


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
        _check(name, values[name], chip)
    return values


def _value(name: str, text: str, present: object) -> object:
    """The text as a value of the kind that product.py has; a number is not negative."""
    if name == "BOARD":
        board(text)
    if name == "INDICATE":
        raise UserError("--set: INDICATE is a function; set it in firmware/product.py")
    if isinstance(present, str) or (present is None and name != "WILL"):
        return text.strip("'\"")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = None
    if name == "WILL":
        return value if value is not None or text == "None" else text
    if isinstance(present, bool | tuple | dict):
        if type(value) is not type(present):
            raise UserError(f"--set: {name} is {_LOOKS[type(present)]}, not {text!r}")
        return value
    most = 255 if name.endswith("BRIGHTNESS") else float("inf")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise UserError(f"--set: {name} is a number{' up to 255' if most == 255 else ''}, not {text!r}")
    return value


_URL = re.compile(r"https?://[^/:\s]+(:\d+)?(/\S*)?")


def _check(name: str, value: object, chip: str) -> None:
    """Raise UserError for a value that the firmware refuses when it comes to use it."""
    wanted = ""
    if name == "SERVER":
        wanted = _server_problem(str(value))
    elif name == "STORAGE" and value not in (("file",) if chip == "esp8266" else ("file", "nvs")):
        wanted = "it is 'file', or 'nvs' on an ESP32"
    elif name == "ESP8266_TLS" and value not in ("unverified", "plain"):
        wanted = "it is 'unverified' or 'plain'"
    elif name in ("CLAIM_URL", "PROBE") and value and not _URL.fullmatch(str(value)):
        wanted = "it is an http:// or https:// URL, or empty"
    elif name == "WILL" and value is not None and not _is_will(value):
        wanted = "it is None, or (topic, text, QoS, retain) such as ('gone', '1', 0, True)"
    if wanted:
        raise UserError(f"--set: {name} cannot be {value!r}: {wanted}")


def _server_problem(text: str) -> str:
    """What the firmware's own code says to this server; it is plain Python."""
    try:
        runpy.run_path(str(SOURCE / "cloud" / "server.py"))["Server"](text)
    except ValueError as error:
        return str(error).removeprefix("server: ")
    return ""


def _is_will(value: object) -> bool:
    kinds = (str, str, int, bool)
    if not isinstance(value, tuple) or len(value) != len(kinds):
        return False
    return all(type(part) is kind for part, kind in zip(value, kinds, strict=True)) and value[2] in (0, 1, 2)
