"""Which scope each name of a module belongs to, by Python's rules."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass
class Scope:
    """A function, class, comprehension or module, and the names that are bound in it."""

    node: ast.AST
    names: set[str] = field(default_factory=set)
    module_wide: set[str] = field(default_factory=set)  # declared `global`


def annotate(tree: ast.Module) -> None:
    """Give every Name, arg, def, handler and alias an `owner`: the node whose scope binds it.

    It is None for the module's scope, and for builtins, which nobody binds.
    """
    _Owners().visit(tree)


def owner(node: ast.AST) -> ast.AST | None:
    """What `annotate` found."""
    return node.owner


class _Owners(ast.NodeVisitor):
    def __init__(self) -> None:
        self.stack: list[Scope] = []

    def find(self, name: str) -> ast.AST | None:
        for depth, scope in enumerate(reversed(self.stack)):
            if isinstance(scope.node, ast.Module) or name in scope.module_wide:
                return None
            if name in scope.names and (depth == 0 or not isinstance(scope.node, ast.ClassDef)):
                return scope.node
        return None

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            node.owner = self.find(node.id)
        elif isinstance(node, ast.arg):
            node.owner = self.find(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            node.owner = self.find(node.name)
        elif isinstance(node, ast.alias):
            node.owner = self.find(bound_by(node))
        super().generic_visit(node)

    def visit_Module(self, node: ast.Module) -> None:
        self._inside(Scope(node), node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        node.owner = self.find(node.name)
        self._all([*node.decorator_list, *_defaults(node.args)])
        self._inside(_function(node), [*_parameters(node.args), *node.body])

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._all(_defaults(node.args))
        self._inside(_function(node), [*_parameters(node.args), node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        node.owner = self.find(node.name)
        self._all([*node.decorator_list, *node.bases, *node.keywords])
        self._inside(Scope(node, _bound(node.body)), node.body)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        names = {
            name.id
            for generator in node.generators
            for name in ast.walk(generator.target)
            if isinstance(name, ast.Name)
        }
        parts: list[ast.AST] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for index, generator in enumerate(node.generators):
            parts += [generator.target, *generator.ifs, *([generator.iter] if index else [])]
        self._inside(Scope(node, names), parts)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def _inside(self, scope: Scope, nodes: list) -> None:
        self.stack.append(scope)
        self._all(nodes)
        self.stack.pop()

    def _all(self, nodes: list) -> None:
        for node in nodes:
            self.visit(node)


def bound_by(alias: ast.alias) -> str:
    """The name that an import binds."""
    return alias.asname or alias.name.split(".")[0]


def _parameters(args: ast.arguments) -> list[ast.arg]:
    more = [arg for arg in (args.vararg, args.kwarg) if arg]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *more]


def _defaults(args: ast.arguments) -> list[ast.expr]:
    return [*args.defaults, *(default for default in args.kw_defaults if default)]


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Scope:
    body = [] if isinstance(node, ast.Lambda) else node.body
    module_wide = {name for item in _own(body) if isinstance(item, ast.Global) for name in item.names}
    outer = {name for item in _own(body) if isinstance(item, ast.Nonlocal) for name in item.names}
    names = {arg.arg for arg in _parameters(node.args)} | _bound(body)
    return Scope(node, names - module_wide - outer, module_wide)


def _bound(body: list) -> set[str]:
    """Names that these statements bind in their own scope."""
    names = set()
    for node in _own(body):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, DEFINITIONS) or (isinstance(node, ast.ExceptHandler) and node.name):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(bound_by(node))
    return names


def _own(nodes: list) -> list[ast.AST]:
    """All nodes below these, but for those in scopes of their own."""
    found = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, (*DEFINITIONS, ast.Lambda, *_COMPREHENSIONS)):
            waiting += ast.iter_child_nodes(node)
    return found
