"""What product.py and a board's module may say: one table for the builds, for the bench, and for --set."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from firstlight.board.sources import SOURCE, parsed, shown
from firstlight.errors import UserError


@dataclass(frozen=True)
class Kind:
    """looks: completes "it is …"."""

    looks: str
    fits: Callable[[object], bool]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_will(value: object) -> bool:
    kinds = (str, str, int, bool)
    if not isinstance(value, tuple) or len(value) != len(kinds):
        return False
    return all(type(part) is kind for part, kind in zip(value, kinds, strict=True)) and value[2] in (0, 1, 2)


_TEXT = Kind("a text", lambda value: isinstance(value, str))
_WORDS = Kind('a text that is not empty, in "quotes"', lambda value: isinstance(value, str) and bool(value))
_SECRET = Kind("None, or a text that is not empty", lambda value: value is None or _WORDS.fits(value))
_FLAG = Kind("True or False", lambda value: isinstance(value, bool))
_NUMBER = Kind("a number, 0 or more", _is_number)
_LIGHT = Kind("a number up to 255", lambda value: _is_number(value) and value <= 255)
_TUPLE = Kind("a tuple such as ('blynk.setup',)", lambda value: isinstance(value, tuple))
_TABLE = Kind("a dict such as {'RUNNING': (0x0000FF, -4000)}", lambda value: isinstance(value, dict))
_WILL = Kind(
    "None, or (topic, text, QoS, retain) such as ('gone', '1', 0, True)",
    lambda value: value is None or _is_will(value),
)
_FUNCTION = Kind("None, or a function", lambda value: value is None)  # which is no literal, and not asked
_OF = {
    _WORDS: "VENDOR TEMPLATE_NAME FIRMWARE_VERSION BOARD",
    _TEXT: "TEMPLATE_ID FIRMWARE_TYPE FIRMWARE_BUILD SERVER CLAIM_URL STORAGE ERROR_EVENT ESP8266_TLS NTP"
    " PROBE",
    _SECRET: "AP_PASSWORD",
    _FLAG: "WIPE_ON_RESET LIVE_TRY DNS_NAME_ONLY WIFI_SLEEP PERSISTENT KEEP_OFFLINE CA_ONLY CONSOLE",
    _NUMBER: "FAREWELL_S CONFIG_WINDOW_S PHONE_GONE_S REPLY_S NET_TIMEOUT_S CLOUD_TIMEOUT_S BACKOFF_FIRST_S"
    " BACKOFF_MOST_S STABLE_S LOST_S REFUSED_S KEEPALIVE_S PATIENCE_S MESSAGE BUTTON_DEBOUNCE_MS"
    " BUTTON_NOTICE_S BUTTON_ERASE_S BUTTON_CANCEL_S BUTTON_STUCK_S BUTTON_DOUBLE_MS ERROR_S",
    _LIGHT: "LED_BRIGHTNESS LED_MIN_BRIGHTNESS",
    _TUPLE: "PORTAL_NAMES CA",
    _TABLE: "PATTERNS",
    _WILL: "WILL",
    _FUNCTION: "INDICATE",
}
PRODUCT = {name: kind for kind, names in _OF.items() for name in names.split()}
# Of names that a product added: as what stands there.
LIKE = {bool: _FLAG, tuple: _TUPLE, dict: _TABLE, int: _NUMBER, float: _NUMBER}

_CHIPS = ("esp32", "esp32s2", "esp32s3", "esp32c3", "esp32c5", "esp32c6", "esp8266")
# For each kind of LED: how many pins (None: nobody asks), and what they are.
_PINS = {
    "mono": (1, "a tuple of one GPIO number, such as (2,)"),
    "rgb": (3, "a tuple of three GPIO numbers, such as (27, 25, 26)"),
    "ws2812": (1, "a tuple of one GPIO number, such as (8,)"),
    "none": (None, "()"),
}
_URL = re.compile(r"https?://[^/:\s]+(:\d+)?(/\S*)?")


def problem(name: str, value: object, chip: str) -> str:
    """Why product.py cannot say this on such a chip; nothing where it can, or the name is not ours."""
    kind = PRODUCT.get(name)
    if kind and not kind.fits(value):
        return f"it is {kind.looks}"
    if name == "SERVER":
        return _server_problem(str(value))
    if name == "STORAGE" and value not in (("file",) if chip == "esp8266" else ("file", "nvs")):
        return "it is 'file', or 'nvs' on an ESP32"
    if name == "ESP8266_TLS" and value not in ("unverified", "plain"):
        return "it is 'unverified' or 'plain'"
    if name in ("CLAIM_URL", "PROBE") and value and not _URL.fullmatch(str(value)):
        return "it is an http:// or https:// URL, or empty"
    return ""


def _server_problem(text: str) -> str:
    """What the firmware's own code says to this server; it is plain Python."""
    try:
        runpy.run_path(str(SOURCE / "cloud" / "server.py"))["Server"](text)
    except ValueError as error:
        return str(error).removeprefix("server: ")
    return ""


def check_product(path: Path, chip: str) -> None:
    """Raise UserError, without the value, for one that product.py lacks or that the firmware would refuse.

    What is computed, and not written out, is not looked at.
    """
    tree = parsed(path)
    there = set().union(*map(_bound, ast.walk(tree)))
    for name in PRODUCT:
        if name not in there:
            raise UserError(f"{shown(path)}: {name} is not set; it is {PRODUCT[name].looks}")
    known: dict[str, object] = {}
    for statement in tree.body:
        if not isinstance(statement, ast.Assign):
            continue
        for target in statement.targets:
            name = ast.unparse(target)
            value = _value(statement.value, known)
            if value is not _COMPUTED:
                known[name] = value
                _refuse(path, statement.lineno, name, problem(name, value, chip))


_COMPUTED = object()


def _bound(node: ast.AST) -> set[str]:
    """Names that this sets, if any."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Store) else set()
    if isinstance(node, ast.alias):
        return {node.asname or node.name}
    return {node.name} if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else set()


def _value(node: ast.expr, known: Mapping[str, object]) -> object:
    """Of a literal, or of a name that was set to one."""
    if isinstance(node, ast.Name):
        return known.get(node.id, _COMPUTED)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):  # computed; or a dict whose key cannot be one
        return _COMPUTED


def check_board(path: Path, facts: Mapping[str, object]) -> None:
    """Raise UserError for a board's module that lacks a fact, or has one of which nothing can be made."""
    lines = {
        ast.unparse(target): statement.lineno
        for statement in parsed(path).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    }
    count, pins = _PINS.get(str(facts.get("LED")), _PINS["none"])
    kinds = {
        "CHIP": Kind(_one_of(_CHIPS), lambda value: value in _CHIPS),
        "LED": Kind(_one_of(_PINS), lambda value: value in tuple(_PINS)),
        "LED_PINS": Kind(
            f"{pins} with this LED",
            lambda value: (
                isinstance(value, tuple) and count in (None, len(value)) and all(map(_is_pin, value))
            ),
        ),
        "LED_INVERTED": _FLAG,
        "BUTTON_PIN": Kind("a GPIO number", _is_pin),
        "BUTTON_ACTIVE_LOW": _FLAG,
    }
    for name, kind in kinds.items():
        if name not in lines:
            raise UserError(f"{shown(path)}: {name} is not set; it is {kind.looks}")
        _refuse(path, lines[name], name, "" if kind.fits(facts.get(name)) else f"it is {kind.looks}")


def _one_of(names: Iterable[str]) -> str:
    return "one of " + ", ".join(f'"{name}"' for name in names)


def _is_pin(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 64


def _refuse(path: Path, line: int, name: str, problem: str) -> None:
    if problem:
        raise UserError(f"{shown(path)}, line {line}: {name} cannot be that: {problem}")
