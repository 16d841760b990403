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
        for path in sorted((ROOT / folder).rglob(name)):
            if "node_modules" not in path.parts:  # not ours
                yield path.relative_to(ROOT)


@cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def classes(path: Path) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ClassDef):
            yield node


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))
