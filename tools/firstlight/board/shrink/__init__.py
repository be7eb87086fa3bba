"""The whole firmware as one small program, for a chip with a heap of 34 KB.

Sources are written for people: small modules, names that say what they mean. On an ESP8266 each module,
import and name costs heap for ever. So a build for it merges the modules that are loaded together (merge.py),
puts the board's facts and the product's settings where they are asked for (fold.py), leaves out what nobody
uses (shake.py), and gives what is left names that MicroPython has in its ROM anyway (rename.py).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from firstlight.board.shrink.file import global_names
from firstlight.board.shrink.fold import fold
from firstlight.board.shrink.kept import Kept
from firstlight.board.shrink.merge import merge
from firstlight.board.shrink.plan import Plan, plan
from firstlight.board.shrink.program import Program
from firstlight.board.shrink.rename import rename
from firstlight.board.shrink.shake import reached, shake

__all__ = ["Plan", "Shrunk", "plan", "shrink"]


@dataclass(frozen=True)
class Shrunk:
    """texts: by name of the file. kept: the product's among these. names, files: what became of each."""

    texts: dict[str, str]
    kept: frozenset[str]
    names: dict[str, str]
    files: dict[str, str]

    def told(self) -> dict[str, dict[str, list[str]]]:
        """For readers of tracebacks: what each file and name can be in the sources."""
        return {"files": _turned(self.files), "names": _turned(self.names)}


def _turned(names: dict[str, str]) -> dict[str, list[str]]:
    old: dict[str, list[str]] = {}
    for name, new in sorted(names.items()):
        old.setdefault(new, []).append(name)
    return old


def shrink(sources: dict[str, str], plan: Plan) -> Shrunk:
    """sources: text by dotted name of the module. Raises ValueError for what cannot be merged."""
    program = Program(sources)
    names = global_names(program, plan)
    kept = {name: Kept(program, plan, names, name, sources[name]) for name in sorted(plan.kept)}
    trees = merge(program, plan, names)
    for tree in trees.values():
        fold(tree, plan.facts, plan.parameters)
    entries = {name for some in plan.entries.values() for name in some}
    outside = {name for module in kept.values() for name in module.symbols()}
    shake(trees, entries | outside | _asked_for(kept), plan.public)
    trees = {file: trees[file] for file in trees if file in reached(trees, ["main"])}
    trees = {file: ast.parse(ast.unparse(ast.fix_missing_locations(tree))) for file, tree in trees.items()}
    renamed, files = rename(trees, [module.tree for module in kept.values()], entries, plan.public)
    texts = {files.get(file, file): ast.unparse(tree) + "\n" for file, tree in trees.items()}
    texts |= {name: module.rewritten({**renamed, **files}) for name, module in kept.items()}
    return Shrunk(texts, plan.kept, renamed, files)


def _asked_for(kept: dict[str, Kept]) -> set[str]:
    """Attributes that the product asks for, and texts that may name one."""
    nodes = [node for module in kept.values() for node in ast.walk(module.tree)]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return names | {
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
