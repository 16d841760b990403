"""The tree as the tidy tests read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("gateway", "schema", "domain", "plugins", "piecerate")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*folders: str, name: str = "*.py") -> Iterator[Path]:
    for folder in folders:
        yield from found_in(folder, name)


@cache
def found_in(folder: str, name: str) -> tuple[Path, ...]:
    return tuple(
        path.relative_to(ROOT)
        for path in sorted((ROOT / folder).rglob(name))
        if "node_modules" not in path.parts  # not ours
    )


@cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def functions(path: Path) -> tuple[Function, ...]:
    return tuple(
        node
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def classes(path: Path) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ClassDef):
            yield node


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))
