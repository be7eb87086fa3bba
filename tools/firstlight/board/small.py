"""The firmware for an ESP8266: its sources as one program, made small (shrink/)."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firstlight.board.shrink import Shrunk, plan, shrink
from firstlight.board.shrink.plan import is_products
from firstlight.board.sources import parse, read
from firstlight.errors import UserError

# What this chip has no use for, or cannot do: threads, NVS, certificates.
NOT_ITS = ("core/aside.py", "storage/nvs.py", "net/reasons_esp32.py", "cloud/roots.py", "boot.py")


@dataclass(frozen=True)
class Small:
    """How it differs from the sources.

    settings: values that take the place of product.py's. others: texts that take the place of modules.
    whole_api: with what the application could use, too, and not only with what it does.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    whole_api: bool = False

    def program(self, source: Path, board: str) -> Shrunk:
        """The firmware at `source` for a board with an ESP8266.

        Raises UserError for a source file that is no Python, or cannot be merged.
        """
        sources = {
            ".".join(path.relative_to(source).with_suffix("").parts): read(path)
            for path in sorted(source.rglob("*.py"))
            if path.relative_to(source).as_posix() not in NOT_ITS and path.parent.name != "boards"
        }
        sources |= self.others
        for name, content in sources.items():
            parse(content, f"firmware/{name.replace('.', '/')}.py")
        board_facts = _settings(read(source / "boards" / f"{board}.py"))
        try:
            product = {**_settings(sources["product"]), "BOARD": board, **self.settings}
            sources["product"] = _without(sources["product"], product, sources)
            facts = {name: value for name, value in product.items() if _plain(value)} | board_facts
            return shrink(sources, plan(frozenset(sources), facts, self.whole_api))
        except ValueError as error:
            raise UserError(f"firmware: {error}") from None


def _settings(text: str) -> dict[str, object]:
    """What a module sets to literals, or to what such a name stands for."""
    values: dict[str, object] = {}
    for statement in ast.parse(text).body:
        name = _assigned(statement)
        if not name:
            continue
        value = statement.value
        if isinstance(value, ast.Name) and value.id in values:
            values[name] = values[value.id]
            continue
        with contextlib.suppress(ValueError):
            values[name] = ast.literal_eval(value)
    return values


def _plain(value: object) -> bool:
    return value in (None, ()) or isinstance(value, bool | int | float | str)


def _without(text: str, product: Mapping[str, object], sources: Mapping[str, str]) -> str:
    """product.py without what is put in its place where it is asked for; other values are those of `product`.

    What the product's own modules ask for stays.
    """
    asked = {
        node.attr
        for name, source in sources.items()
        if is_products(name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
    }
    lines, there = [], set()
    for statement in ast.parse(text).body:
        name = _assigned(statement)
        there.add(name)
        if name not in product:
            lines.append(ast.unparse(statement))
        elif name in asked or not _plain(product[name]):
            lines.append(f"{name} = {product[name]!r}")
    lines += [f"{name} = {value!r}" for name, value in product.items() if name in asked - there]
    return "\n".join(lines) + "\n"


def _assigned(statement: ast.stmt) -> str:
    """The one name that a statement sets, or nothing."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) and not statement.targets[1:] else None
    return target.id if isinstance(target, ast.Name) else ""
