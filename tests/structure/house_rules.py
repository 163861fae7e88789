"""The size and purity rules of the house, as functions over source text."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("billing", "characters", "gateway", "memory", "persona")
FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 400
CROWDED_NAMES = frozenset({"common", "helpers", "manager", "misc", "util", "utils"})
IMPURE_BUILTINS = frozenset({"breakpoint", "eval", "exec", "input", "open", "print"})


def sources(*folders: str) -> list[Path]:
    """Every Python file of these folders; what Alembic wrote once, and nobody edits, is left out."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def too_long(source: str) -> list[str]:
    """What in a module is longer than the house allows."""
    lines = source.count("\n")
    found = [f"{lines} lines"] if lines > MODULE_LINES_MAX else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                found.append(f"{node.name} has {length} lines")
    return found


def undocumented(source: str) -> list[str]:
    """What in a module wants a docstring: the module itself and every public class and top-level function."""
    tree = ast.parse(source)
    found = [] if ast.get_docstring(tree) else ["the module"]
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node):
            found.append(node.name)
    return found


def impure_calls(source: str) -> list[str]:
    """Calls of builtins that a pure core may not make."""
    return [
        node.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_BUILTINS
    ]


def bare_excepts(source: str) -> list[int]:
    """Lines of handlers that catch everything without a comment that says why."""
    lines = source.splitlines()
    wide = {"Exception", "BaseException"}
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in wide))
        and "#" not in lines[node.lineno - 1]
    ]
