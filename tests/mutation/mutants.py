"""Small wrong versions of a module: one operator, number, condition, statement or answer changed in each.

Pure: source in, sources out. Assertions are left alone, for they are the second of two guards: with the first one right
no test can tell that they are gone. Strings, annotations and decorators are left alone too.
"""

from __future__ import annotations

import ast
import copy
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Change = Callable[[ast.AST], None]
"""Makes one change to a node, in place."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
DROPPED = (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change: the lines that went and that came, as `ast.unparse` writes them, and where."""

    function: str
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, each once, in the order of its source."""
    tree = ast.parse(source)
    whole, left_alone, functions = ast.unparse(tree), _left_alone(tree), _functions(tree)
    seen = {whole}
    for at, node in enumerate(ast.walk(tree)):
        if id(node) in left_alone:
            continue
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            change(next(each for place, each in enumerate(ast.walk(mutated)) if place == at))
            text = ast.unparse(ast.fix_missing_locations(mutated))
            if text not in seen:
                seen.add(text)
                before, after = _difference(whole, text)
                yield Mutant(functions.get(id(node), ""), before, after, text)


def _changes(node: ast.AST) -> Iterator[Change]:
    yield from _expression_changes(node)
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _negate_test
    if isinstance(node, ast.comprehension):
        yield from (_negating_filter(at) for at in range(len(node.ifs)))
    if isinstance(node, ast.Return) and node.value is not None:
        yield _return_nothing
    for field in ("body", "orelse"):
        statements = getattr(node, field, None)
        if isinstance(statements, list) and not isinstance(node, ast.Module | ast.ClassDef):
            for at, statement in enumerate(statements):
                if isinstance(statement, DROPPED) and not _is_text(statement):
                    yield _dropping(field, at)


def _expression_changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            if type(op) in COMPARISONS:
                yield _comparing(at, COMPARISONS[type(op)])
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield _operating(ARITHMETIC[type(node.op)])
    if isinstance(node, ast.BoolOp):
        yield _operating(ast.Or if isinstance(node.op, ast.And) else ast.And)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield _operating(ast.UAdd)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _negate_operand
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _valued(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield _valued(node.value + 1)
        yield _valued(node.value - 1)


def _comparing(at: int, op: type[ast.cmpop]) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Compare)
        node.ops[at] = op()

    return change


def _operating(op: type[ast.operator] | type[ast.boolop] | type[ast.unaryop]) -> Change:
    def change(node: ast.AST) -> None:
        setattr(node, "op", op())  # noqa: B010 - which kind of node it is, is the caller's knowledge

    return change


def _valued(value: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Constant)
        node.value = value

    return change


def _dropping(field: str, at: int) -> Change:
    def change(node: ast.AST) -> None:
        getattr(node, field)[at] = ast.Pass()

    return change


def _negating_filter(at: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.comprehension)
        node.ifs[at] = ast.UnaryOp(ast.Not(), node.ifs[at])

    return change


def _negate_test(node: ast.AST) -> None:
    assert isinstance(node, ast.If | ast.While | ast.IfExp)
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _negate_operand(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _return_nothing(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    node.value = ast.Constant(None)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _left_alone(tree: ast.Module) -> set[int]:
    roots: list[ast.AST] = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    for node in ast.walk(tree):
        roots += getattr(node, "decorator_list", [])
        for field in ("annotation", "returns"):
            child = getattr(node, field, None)
            if child is not None:
                roots.append(child)
    return {id(node) for root in roots for node in ast.walk(root)}


def _functions(tree: ast.Module) -> dict[int, str]:
    """The innermost function or class that each node is in."""
    named: dict[int, str] = {}
    for outer in ast.walk(tree):  # the inner ones come later and are the ones that stay
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            named.update({id(node): outer.name for node in ast.walk(outer)})
    return named


def _difference(before: str, after: str) -> tuple[str, str]:
    lines = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:2] in ("- ", "+ ")]
    gone, come = ([line[2:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    return "\n".join(gone), "\n".join(come)
