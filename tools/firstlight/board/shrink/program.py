"""The firmware's modules as one program: what each binds, and where a name that it uses was defined."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from firstlight.board.shrink.scopes import annotate, bound_by

_SHORT = 10  # characters: longer texts become objects wherever they stand, so they stay in one place


@dataclass(frozen=True)
class Symbol:
    """A name that a module defines at its top level."""

    module: str
    name: str


@dataclass(frozen=True)
class Whole:
    """A module of the firmware, used as an object."""

    module: str


@dataclass(frozen=True)
class Foreign:
    """What an import takes from MicroPython: `import module`, or `from module import name`."""

    module: str
    name: str | None = None


Bound = Symbol | Whole | Foreign


@dataclass
class Module:
    name: str
    tree: ast.Module
    imports: dict[str, Bound] = field(default_factory=dict)  # at the top level
    defined: dict[str, int] = field(default_factory=dict)  # how often each name is bound there
    constants: dict[str, ast.expr] = field(default_factory=dict)


class Program:
    def __init__(self, sources: dict[str, str]) -> None:
        """sources: text by dotted name of the module."""
        self.modules = {name: Module(name, _parsed(text)) for name, text in sources.items()}
        for module in self.modules.values():
            annotate(module.tree)
            for statement in module.tree.body:
                self._bind(module, statement)
        for module in self.modules.values():
            self._fold(module)

    def bindings(self, statement: ast.Import | ast.ImportFrom) -> dict[str, Bound]:
        """What an import binds, by the name it gets."""
        found: dict[str, Bound] = {}
        for alias in statement.names:
            if isinstance(statement, ast.Import):
                known = alias.name in self.modules
                found[bound_by(alias)] = Whole(alias.name) if known else Foreign(alias.name)
                continue
            inner = f"{statement.module}.{alias.name}"
            if inner in self.modules:
                found[bound_by(alias)] = Whole(inner)
            elif statement.module in self.modules:
                found[bound_by(alias)] = Symbol(statement.module, alias.name)
            else:
                found[bound_by(alias)] = Foreign(statement.module or "", alias.name)
        return found

    def origin(self, bound: Bound) -> Bound:
        """Where it was defined: modules hand on what they import."""
        while isinstance(bound, Symbol):
            module = self.modules[bound.module]
            if bound.name not in module.imports:
                break
            bound = module.imports[bound.name]
        return bound

    def constant(self, symbol: Symbol) -> ast.expr | None:
        return self.modules[symbol.module].constants.get(symbol.name)

    def _bind(self, module: Module, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            module.imports |= self.bindings(statement)
            return
        for node in ast.walk(statement):
            name = getattr(node, "id", getattr(node, "name", None))
            stored = not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load)
            if name and stored and getattr(node, "owner", node) is None and not isinstance(node, ast.alias):
                module.defined[name] = module.defined.get(name, 0) + 1
            elif isinstance(node, ast.Global):
                for name in node.names:
                    module.defined[name] = module.defined.get(name, 0) + 1

    def _fold(self, module: Module) -> None:
        """Note the names that stand for a number, a truth or a short text, and never for another.

        What is private and says const() is taken literally by MicroPython's compiler, too, whatever it is.
        """
        for statement in module.tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                value = self._value(module, statement.value) if module.defined[name] == 1 else None
                if value and ((name.startswith("_") and _is_const(statement.value)) or _is_small(value)):
                    module.constants[name] = value

    def _value(self, module: Module, node: ast.expr) -> ast.expr | None:
        if _is_const(node):
            node = node.args[0]
        if isinstance(node, ast.Name):
            return module.constants.get(node.id)
        try:
            ast.literal_eval(node)
        except ValueError:
            return None
        return None if isinstance(node, ast.Dict | ast.List | ast.Set) else node


def _is_const(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const"


def _is_small(node: ast.expr) -> bool:
    value = ast.literal_eval(node)
    return value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= _SHORT)


class _Bare(ast.NodeTransformer):
    """Without what costs nothing on a device: docstrings, annotations, the last lines that start a module."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if ast.unparse(node.test) == "__name__ == '__main__'":
            return None
        return self.generic_visit(node)


def _parsed(text: str) -> ast.Module:
    return _Bare().visit(ast.parse(text))
