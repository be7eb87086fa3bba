"""What nobody uses is left out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from firstlight.board.shrink.scopes import DEFINITIONS, bound_by


def shake(trees: dict[str, ast.Module], used: Iterable[str], public: Iterable[str]) -> None:
    """Drop, in place, functions, classes, methods and imports that no other part of the program names.

    used: names that something outside asks for. public: classes whose public methods stay.
    """
    before = -1
    while before != (size := sum(1 for tree in trees.values() for _ in ast.walk(tree))):
        before = size
        names = set(used)
        for tree in trees.values():
            names |= set(_asked_for(tree))
        for tree in trees.values():
            tree.body = [node for node in tree.body if not _spare(node, names)]
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    keep = names | (_public(node) if node.name in public else set())
                    node.body = [inner for inner in node.body if not _spare(inner, keep)] or [ast.Pass()]
            _Unread(names).visit(tree)
            _imports(tree)


class _Unread(ast.NodeTransformer):
    """Drops what an object is given and nobody asks it for."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        unread = all(
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id == "self"
            and target.attr not in self.names
            for target in node.targets
        )
        harmless = not any(isinstance(inner, ast.Call | ast.Await) for inner in ast.walk(node.value))
        return ast.Pass() if unread and harmless else node


def reached(trees: dict[str, ast.Module], start: Iterable[str]) -> set[str]:
    """Files that are imported by these, and by those, and so on."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        file = waiting.pop()
        if file in trees and file not in found:
            found.add(file)
            waiting += _files(trees[file], trees)
    return found


def _files(tree: ast.Module, trees: Iterable[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value  # perhaps of an __import__: whole, or the head of it
            yield from (
                file for file in trees if file == text or (text[-1:] == "_" and file.startswith(text))
            )


def _asked_for(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _spare(node: ast.stmt, names: set[str]) -> bool:
    if isinstance(node, DEFINITIONS):
        return node.name not in names and not node.name.startswith("__")
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id not in names and not any(
            isinstance(inner, ast.Call) for inner in ast.walk(node)
        )
    return False


def _public(node: ast.ClassDef) -> set[str]:
    return {inner.name for inner in node.body if isinstance(inner, DEFINITIONS) and inner.name[0] != "_"}


def _imports(tree: ast.Module) -> None:
    """Drop what is imported at the top and not used there."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [alias for alias in node.names if bound_by(alias) in used]
    tree.body = [
        node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom) or node.names
    ]
