"""One file of the merged program, and the names in it."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field

from firstlight.board.shrink.plan import Plan
from firstlight.board.shrink.program import Bound, Foreign, Program, Symbol


@dataclass
class File:
    name: str
    modules: tuple[str, ...]
    body: list[ast.stmt] = field(default_factory=list)
    outside: dict[str, Bound] = field(default_factory=dict)  # what is none of the program's, by its name here
    needs: dict[str, set[str]] = field(default_factory=dict)  # names from other files

    def imports(self, name: str, bound: Bound) -> None:
        """Something that is not of the program. Raises ValueError where the name is taken."""
        if self.outside.setdefault(name, bound) != bound:
            raise ValueError(f"{self.name}: {name} is two things, {bound} and {self.outside[name]}")

    def tree(self) -> ast.Module:
        """What the file holds, read anew."""
        head: list[ast.stmt] = []
        parts: dict[str, list[ast.alias]] = {}
        for name, bound in sorted(self.outside.items()):
            if isinstance(bound, Foreign) and bound.name:
                parts.setdefault(bound.module, []).append(_alias(bound.name, name))
            else:
                head.append(imported(name, bound))
        for file, names in self.needs.items():
            parts.setdefault(file, []).extend(ast.alias(name) for name in sorted(names))
        head += [ast.ImportFrom(module, aliases, 0) for module, aliases in sorted(parts.items())]
        return ast.parse(ast.unparse(ast.Module([*head, *self.body], [])))


def imported(name: str, bound: Bound) -> ast.stmt:
    """The import that binds this name."""
    if isinstance(bound, Foreign) and bound.name:
        return ast.ImportFrom(bound.module, [_alias(bound.name, name)], 0)
    return ast.Import([_alias(bound.module, name)])


def _alias(own: str, name: str) -> ast.alias:
    return ast.alias(own, None if name == own else name)


def global_names(program: Program, plan: Plan) -> dict[Symbol, str]:
    """A name for each symbol that nothing else has: its own, or with its module's before it."""
    taken = Counter(
        name
        for module in program.modules.values()
        for name in {
            *module.defined,
            *(name for name, bound in module.imports.items() if isinstance(program.origin(bound), Foreign)),
        }
    )
    attributes = {
        node.attr
        for module in program.modules.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }
    hidden = attributes | {
        getattr(node, "id", getattr(node, "arg", getattr(node, "name", None)))
        for module in program.modules.values()
        for node in ast.walk(module.tree)
        if getattr(node, "owner", None) is not None
    }
    names = {}
    for module in program.modules.values():
        fixed = plan.entries.get(module.name, frozenset())
        for name in module.defined:
            plain = module.name in plan.kept or name in fixed or (taken[name] == 1 and name not in hidden)
            names[Symbol(module.name, name)] = name if plain else f"{module.name.replace('.', '_')}_{name}"
    return names
