"""What is known when the firmware is built is not asked on the device: settings, and what follows."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

_COMPARE: dict[type, Callable] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


def fold(tree: ast.Module, facts: Mapping[str, object], parameters: Mapping[str, object]) -> None:
    """Put what is known in the place of attributes and variables; drop what is never reached then.

    facts, parameters: by name, numbers, texts, truths, None, and tuples of such.
    """
    _Fold(facts, parameters).visit(tree)


class _Fold(ast.NodeTransformer):
    def __init__(self, facts: Mapping[str, object], parameters: Mapping[str, object]) -> None:
        self.facts, self.parameters = facts, parameters

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr in self.facts and isinstance(node.ctx, ast.Load):
            return _literal(self.facts[node.attr])
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.parameters and isinstance(node.ctx, ast.Load):
            return _literal(self.parameters[node.id])
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        target = node.targets[0]
        if isinstance(target, ast.Attribute) and target.attr in self.facts:
            return None
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A board's module is imported by its name, for its facts only."""
        is_import = isinstance(node.func, ast.Name) and node.func.id == "__import__"
        if is_import and ast.unparse(node.args[0]).startswith("'boards."):
            return ast.Constant(None)
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        compare = _COMPARE.get(type(node.ops[0]))
        if len(node.ops) == 1 and compare and _known(node.left) and _known(node.comparators[0]):
            value = compare(ast.literal_eval(node.left), ast.literal_eval(node.comparators[0]))
            return ast.Constant(value)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and _known(node.operand):
            return ast.Constant(not ast.literal_eval(node.operand))
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """`a and b`: what is known to be true (false, for `or`) says nothing unless it is the last."""
        self.generic_visit(node)
        wanted = isinstance(node.op, ast.And)
        values = []
        for value in node.values:
            if not _known(value):
                values.append(value)
            elif bool(ast.literal_eval(value)) != wanted:
                values.append(value)
                break
            elif value is node.values[-1]:
                values.append(value)
        return values[0] if len(values) == 1 else ast.BoolOp(node.op, values)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        if _known(node.test):
            return node.body if ast.literal_eval(node.test) else node.orelse
        return node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if never(node.test):
            return node.orelse
        if _known(node.test):
            return node.body if ast.literal_eval(node.test) else node.orelse
        node.body = node.body or [ast.Pass()]
        return node

    def _with_body(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        for index, statement in enumerate(node.body):
            if isinstance(statement, ast.Return | ast.Raise):
                del node.body[index + 1 :]
                break
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ExceptHandler = visit_For = visit_While = _with_body
    visit_Try = _with_body


def never(test: ast.expr) -> bool:
    """`x and False`: whatever x is. Its value is not wanted, so it need not be asked."""
    return (
        isinstance(test, ast.BoolOp)
        and isinstance(test.op, ast.And)
        and _known(test.values[-1])
        and not ast.literal_eval(test.values[-1])
        and all(isinstance(value, ast.Name | ast.Attribute | ast.Constant) for value in test.values)
    )


def _known(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and all(map(_known, node.elts))
    )


def _literal(value: object) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body
