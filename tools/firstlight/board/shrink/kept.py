"""The product's own modules, line for line as they were written, but for imports of the firmware."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from firstlight.board.shrink.plan import Plan
from firstlight.board.shrink.program import Program, Symbol, Whole
from firstlight.board.shrink.scopes import bound_by, owner


class Kept:
    """One such module. Its tracebacks keep their line numbers, since no line moves."""

    def __init__(self, program: Program, plan: Plan, names: dict[Symbol, str], name: str, text: str) -> None:
        self.program, self.plan, self.names, self.text = program, plan, names, text
        self.module = program.modules[name]
        self.tree = self.module.tree
        self.known = {
            (owner(alias), name): bound
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
            for name, bound in program.bindings(node).items()
            if name == bound_by(alias) and bound.module in program.modules and bound.module not in plan.kept
        }

    def symbols(self) -> set[str]:
        """Names of the merged program that it uses."""
        return {self.names[symbol] for _, symbol in self._uses()}

    def rewritten(self, renamed: dict[str, str]) -> str:
        """Its text with these names for what it imports of the firmware."""
        edits: list[tuple[ast.AST, str]] = []
        for node, symbol in self._uses():
            constant = self.program.constant(symbol)
            name = self.names[symbol]
            edits.append((node, ast.unparse(constant) if constant else renamed.get(name, name)))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                text = self._import(node, renamed)
                if text is not None:
                    edits.append((node, text))
        lines = self.text.splitlines(keepends=True)
        for node, text in sorted(edits, key=lambda edit: _start(edit[0]), reverse=True):
            _replace(lines, node, text)
        return "".join(lines)

    def _uses(self) -> Iterator[tuple[ast.expr, Symbol]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name):
                bound = self.known.get((owner(node), node.id))
                if isinstance(bound, Symbol):
                    yield node, self._origin(bound)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                bound = self.known.get((owner(node.value), node.value.id))
                if isinstance(bound, Whole):
                    yield node, self._origin(Symbol(bound.module, node.attr))

    def _origin(self, symbol: Symbol) -> Symbol:
        found = self.program.origin(symbol)
        if not isinstance(found, Symbol):
            raise ValueError(f"{self.module.name}: import {symbol.name} from where it comes from")
        if found not in self.names:
            raise ValueError(
                f"{self.module.name}: {symbol.module} has no {symbol.name}; from … import it by name"
            )
        return found

    def _import(self, node: ast.Import | ast.ImportFrom, renamed: dict[str, str]) -> str | None:
        """The same import from the merged files; None where nothing of the firmware is in it."""
        bindings = self.program.bindings(node)
        wanted: dict[str, set[str]] = {}
        others = []
        for alias in node.names:
            key = owner(alias), bound_by(alias)
            if key not in self.known:
                others.append(alias)
                continue
            bound = bindings[key[1]]
            for symbol in self._of(bound):
                if not self.program.constant(symbol):
                    name = self.names[symbol]
                    wanted.setdefault(self.plan.file(symbol.module), set()).add(renamed.get(name, name))
        if len(others) == len(node.names):
            return None
        parts = [
            f"from {renamed.get(file, file)} import {', '.join(sorted(names))}"
            for file, names in sorted(wanted.items())
        ]
        if others:
            rest = (
                ast.ImportFrom(node.module, others, 0)
                if isinstance(node, ast.ImportFrom)
                else ast.Import(others)
            )
            parts.append(ast.unparse(ast.fix_missing_locations(rest)))
        return "; ".join(parts) or "pass"

    def _of(self, bound: object) -> set[Symbol]:
        """Symbols that come with this import."""
        if isinstance(bound, Symbol):
            return {self._origin(bound)}
        module = bound.module
        return {symbol for _, symbol in self._uses() if symbol.module == module}


def _start(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _replace(lines: list[str], node: ast.AST, text: str) -> None:
    """Put `text` where the node is; the lines it took stay lines."""
    first, last = node.lineno - 1, node.end_lineno - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    lines[first : last + 1] = [head + text + tail, *["\n"] * (last - first)]
