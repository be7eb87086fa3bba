"""Names that every MicroPython has in its ROM replace ours, each of which would cost heap for ever.

Attributes, what is defined at the top of a file, and local names never meet, so one name of the ROM serves
all three: a file's table of names is shorter then.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from firstlight.board.shrink.renamer import Renamer
from firstlight.board.shrink.scopes import DEFINITIONS, annotate, owner


def known() -> tuple[list[str], frozenset[str]]:
    """Names in every ROM that may replace others, and all that mean something to MicroPython."""
    spare, esp8266, port = _sections()
    return spare + esp8266, frozenset(spare + esp8266 + port)


def esp8266() -> list[str]:
    """Those that only an ESP8266 has in its ROM."""
    return _sections()[1]


def _sections() -> list[list[str]]:
    text = Path(__file__).with_name("rom_names.txt").read_text(encoding="ascii")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [part.split() for part in re.split(r"\[\w+\]", lines)]


def rename(
    trees: dict[str, ast.Module], kept: Iterable[ast.Module], entries: Iterable[str], public: Iterable[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Rename in place; returns new names by old ones, and new names of files, for readers of tracebacks.

    trees: by file, those first that are always loaded. kept: modules whose names stay. entries: names that
    are called from outside. public: classes whose public methods are.
    """
    for tree in trees.values():
        annotate(tree)
    fixed = {*entries, *trees, *_texts(trees.values()), *_public(trees.values(), set(public))}
    for tree in kept:
        fixed |= {*_identifiers(tree), *_texts([tree])}
    spare, port = known()
    used = fixed | {name for tree in trees.values() for name in _identifiers(tree)}
    fixed |= port
    free = [name for name in spare if name not in used]
    keywords = _paired(_keywords(trees.values()), fixed, free)
    free = [name for name in free if name not in keywords.values()]
    attributes = _paired(_attributes(trees.values()), fixed | set(keywords), free) | keywords
    files = _paired(_files(trees), set(), _for_files(free))
    wide = _paired((name for tree in trees.values() for name in _defined(tree)), fixed, free)
    for tree in trees.values():
        Renamer(attributes, keywords, wide, _local(tree, attributes, wide, free), fixed).visit(tree)
        _Files(files).visit(tree)
    return {**attributes, **wide}, files


def _paired(names: Iterable[str], fixed: set[str], free: list[str]) -> dict[str, str]:
    """Each name with a new one, as long as there are such."""
    return dict(zip((name for name in dict.fromkeys(names) if name not in fixed), free, strict=False))


def _files(trees: dict[str, ast.Module]) -> Iterator[str]:
    """Files whose names are found in imports, and as whole texts that cannot be anything else."""
    heads = tuple(text for text in _texts(trees.values()) if text.endswith("_"))
    ordinary = {text for text in _texts(trees.values()) if "_" not in text}
    yield from (file for file in trees if not file.startswith(heads) and file not in {*ordinary, "main"})


def _for_files(free: list[str]) -> list[str]:
    """Those that no module of MicroPython has, and no two alike where capitals do not count."""
    return list({name.lower(): name for name in free if not name.islower()}.values())


class _Files(ast.NodeVisitor):
    """Renames the files that are imported, also where a text says which."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        node.module = self.files.get(node.module or "", node.module)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            new = self.files.get(alias.name)
            if new:
                alias.asname = alias.asname or alias.name
                alias.name = new

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            node.value = self.files.get(node.value, node.value)


def _local(tree: ast.Module, attributes: dict[str, str], wide: dict[str, str], free: list[str]) -> list[str]:
    """New names for what is local in a file: first those that its attributes have anyway."""
    here = set(_identifiers(tree))
    taken = {wide[name] for name in here if name in wide}
    shared = {new: None for name, new in attributes.items() if name in here}
    return [name for name in dict.fromkeys([*shared, *free]) if name in free and name not in taken]


def _public(trees: Iterable[ast.Module], classes: set[str]) -> Iterator[str]:
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name in classes:
                names = (inner.name for inner in node.body if isinstance(inner, DEFINITIONS))
                yield from (name for name in names if not name.startswith("_"))


def _texts(trees: Iterable[ast.Module]) -> Iterator[str]:
    """Texts, which may name something, as in getattr, and the keys of dict(key=…)."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
                yield from (keyword.arg for keyword in node.keywords if keyword.arg)


def _identifiers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield from value.split(".")


def _attributes(trees: Iterable[ast.Module]) -> Iterator[str]:
    """Names of methods, and of what belongs to a class or to `self`."""
    for tree in trees:
        for node in ast.walk(tree):
            name = None
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                if isinstance(node.value, ast.Name) and node.value.id == "self":
                    name = node.attr
            elif _is_stored(node) and isinstance(owner(node), ast.ClassDef):
                name = _name(node)
            if name and not name.startswith("__"):
                yield name


def _keywords(trees: Iterable[ast.Module]) -> Iterator[str]:
    """Names of arguments that are given by name, and are parameters of ours: MicroPython's keep theirs."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    ours = {node.arg for node in nodes if isinstance(node, ast.arg)}
    for node in nodes:
        if isinstance(node, ast.Call):
            yield from (keyword.arg for keyword in node.keywords if keyword.arg in ours)


def _defined(tree: ast.Module) -> Iterator[str]:
    """Names that a file defines for itself and others: not what it imports."""
    for node in ast.walk(tree):
        if _is_stored(node) and owner(node) is None:
            yield _name(node)
        elif isinstance(node, ast.Global):
            yield from node.names


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, DEFINITIONS) or (
        isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    )


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.name
