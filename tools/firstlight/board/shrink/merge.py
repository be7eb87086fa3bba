"""Many modules become few: what is loaded together is one file, without imports among its parts."""

from __future__ import annotations

import ast
import copy

from firstlight.board.shrink.file import File, imported
from firstlight.board.shrink.plan import Plan
from firstlight.board.shrink.program import Bound, Foreign, Module, Program, Symbol, Whole
from firstlight.board.shrink.scopes import bound_by, owner


def merge(program: Program, plan: Plan, names: dict[Symbol, str]) -> dict[str, ast.Module]:
    """What each file holds, as the plan has it, those first that are always loaded; it is still readable.

    names: what each symbol is called from now on. Raises ValueError for what cannot be merged.
    """
    placed = {module for modules in plan.chunks.values() for module in modules} | plan.kept
    files = [File(name, modules) for name, modules in plan.chunks.items()]
    files += [File(plan.file(name), (name,)) for name in sorted(program.modules) if name not in placed]
    for file in files:
        for name in file.modules:
            file.body += _Merger(program, plan, names, file, program.modules[name]).statements()
    return {file.name: file.tree() for file in files}


class _Merger(ast.NodeTransformer):
    """Rewrites one module for its file."""

    def __init__(
        self, program: Program, plan: Plan, names: dict[Symbol, str], file: File, module: Module
    ) -> None:
        self.program, self.plan, self.names, self.file, self.module = program, plan, names, file, module
        self.late: dict[tuple[ast.AST | None, str], Bound] = {}  # what functions import

    def statements(self) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in self.module.tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom) or self._is_constant(statement):
                continue
            made = self.visit(statement)
            found += made if isinstance(made, list) else [made]
        return found

    def _is_constant(self, statement: ast.stmt) -> bool:
        """Whether it defines one that stands in the place of its name from now on."""
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        return isinstance(target, ast.Name) and target.id in self.module.constants

    def _bound(self, node: ast.Name) -> Bound | None:
        """What a name is, when it is nothing local."""
        if (owner(node), node.id) in self.late:
            return self.late[owner(node), node.id]
        if owner(node) is not None:
            return None
        if node.id in self.module.defined:
            return Symbol(self.module.name, node.id)
        return self.module.imports.get(node.id)

    def _symbol(self, symbol: Symbol, node: ast.Name | ast.Attribute, late: bool) -> ast.expr | None:
        """The expression for a symbol; None where its function imports it (late) from another file."""
        constant = self.program.constant(symbol)
        if constant:
            return self.visit(copy.deepcopy(constant))
        name, file = self.names[symbol], self.plan.file(symbol.module)
        if file != self.file.name:
            if late:
                return None
            self.file.needs.setdefault(file, set()).add(name)
        return ast.Name(name, node.ctx)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        bound = self._bound(node)
        if bound is None:
            return node
        late = (owner(node), node.id) in self.late
        origin = self.program.origin(bound)
        if isinstance(origin, Symbol):
            return self._symbol(origin, node, late) or node
        if isinstance(origin, Whole) and origin.module not in {*self.plan.kept, *self.plan.entries}:
            raise ValueError(f"{self.module.name}: {origin.module} is used as an object; name its entries")
        if not late:
            self.file.imports(node.id, origin)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        bound = self._bound(node.value) if isinstance(node.value, ast.Name) else None
        if not isinstance(bound, Whole) or bound.module in self.plan.kept:
            return self.generic_visit(node)
        symbol = self.program.origin(Symbol(bound.module, node.attr))
        if not isinstance(symbol, Symbol):
            raise ValueError(f"{self.module.name}: take {node.attr} from where it comes from")
        late = (owner(node.value), node.value.id) in self.late
        return self._symbol(symbol, node, late) or ast.Attribute(node.value, self.names[symbol], node.ctx)

    def _late(self, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        """An import in a function: none is needed for what is in this file anyway."""
        kept: list[ast.stmt] = []
        bindings = self.program.bindings(node)
        for alias in node.names:
            name = bound_by(alias)
            bound = self.program.origin(bindings[name])
            if isinstance(bound, Foreign) or bound.module in self.plan.kept:
                kept.append(imported(name, bound))
                continue
            self.late[owner(alias), name] = bound
            file = self.plan.file(bound.module)
            if file == self.file.name:
                continue
            if isinstance(bound, Whole):
                kept.append(imported(name, Whole(file)))
            elif not self.program.constant(bound):
                kept.append(imported(name, Foreign(file, self.names[bound])))
        return kept or [ast.Pass()]

    visit_Import = visit_ImportFrom = _late

    def visit_Try(self, node: ast.Try) -> ast.AST | list[ast.stmt]:
        """`try: from x import y` with x left out of the program: what is done without it."""
        first = node.body[0]
        if isinstance(first, ast.ImportFrom) and owner(first.names[0]) is None:
            package = (first.module or "").partition(".")[0]
            ours = any(name.startswith(package + ".") for name in self.program.modules)
            if ours and first.module not in self.program.modules:
                return [self.visit(statement) for statement in node.handlers[0].body]
        return self.generic_visit(node)

    def _named(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        if owner(node) is None:
            node.name = self.names[Symbol(self.module.name, node.name)]
        return self.generic_visit(node)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _named

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self.names[Symbol(self.module.name, name)] for name in node.names]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A module's name as text, to import it or let go of it, is its file's."""
        text = node.value
        if not isinstance(text, str) or "." not in text:
            return node
        if text in self.program.modules:
            file = self.plan.file(text)
            if file in self.plan.lasting:
                raise ValueError(f"{self.module.name}: {text} is in {file}, which is never let go of")
            return ast.Constant(file)
        if text.endswith(".") and any(name.startswith(text) for name in self.program.modules):
            return ast.Constant(text.replace(".", "_"))
        return node
