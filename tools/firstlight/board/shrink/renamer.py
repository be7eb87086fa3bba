"""Gives one file of the program its new names."""

from __future__ import annotations

import ast

from firstlight.board.shrink.scopes import DEFINITIONS, bound_by, owner


class Renamer(ast.NodeVisitor):
    """Renames in one file."""

    def __init__(
        self,
        attributes: dict[str, str],
        keywords: dict[str, str],
        wide: dict[str, str],
        local: list[str],
        fixed: set[str],
    ) -> None:
        self.attributes, self.keywords, self.wide, self.fixed = attributes, keywords, wide, fixed
        self.local = local
        self.scopes: dict[ast.AST, dict[str, str]] = {}
        self.depth = 0  # how many local names are in use where we are
        self.files: set[tuple[ast.AST | None, str]] = set()  # names of other files, used as objects

    def _new(self, name: str, scope: ast.AST | None) -> str:
        if scope is None:
            return self.wide.get(name, name)
        if isinstance(scope, ast.ClassDef):
            return self.attributes.get(name, name)
        return self.scopes.get(scope, {}).get(name, name)

    def visit_Name(self, node: ast.Name) -> None:
        node.id = self._new(node.id, owner(node))

    def visit_arg(self, node: ast.arg) -> None:
        node.arg = self._new(node.arg, owner(node))

    def visit_Global(self, node: ast.Global) -> None:
        node.names = [self.wide.get(name, name) for name in node.names]

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg:
            node.arg = self.keywords.get(node.arg, node.arg)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        of_file = isinstance(node.value, ast.Name) and (owner(node.value), node.value.id) in self.files
        node.attr = (self.wide if of_file else self.attributes).get(node.attr, node.attr)
        self.visit(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.files.add((owner(alias), bound_by(alias)))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            new = self.wide.get(alias.name, alias.name)
            if new != alias.name and owner(alias) is not None and not alias.asname:
                alias.asname = alias.name
            alias.name = new

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        if not isinstance(node, ast.Lambda):
            node.name = self._new(node.name, owner(node))
        names = self.scopes[node] = {}
        start = self.depth
        for name in _stored_names(node):
            if name in self.keywords:
                names[name] = self.keywords[name]
            elif name not in self.fixed:
                names[name] = self.local[self.depth]
                self.depth += 1
        self.generic_visit(node)
        self.depth = start

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        node.name = self._new(node.name, owner(node))
        self.generic_visit(node)


def _stored_names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[str]:
    """Local names that end up in the bytecode: parameters, and functions and classes within."""
    found = [inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg) and owner(inner) is node]
    found += [
        inner.name for inner in ast.walk(node) if isinstance(inner, DEFINITIONS) and owner(inner) is node
    ]
    return list(dict.fromkeys(found))
