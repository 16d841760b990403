"""The table of failure modes against the modules that play them: none is missing, none is extra."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs_support.markdown import quoted, table

COUNT = 34
HERE = Path(__file__).parent
MODULES = sorted(each.name for each in HERE.glob("test_[0-9][0-9]_*.py"))
ROWS = table("plugins/failure-modes.md", "failures")


def test_every_row_has_its_module() -> None:
    """A row without a test is a promise; a module without a row is a secret."""
    assert [int(row[0]) for row in ROWS] == list(range(1, COUNT + 1))
    assert [quoted(row[3])[0] for row in ROWS] == MODULES


@pytest.mark.parametrize(("row", "module"), list(zip(ROWS, MODULES, strict=False)))
def test_a_module_plays_its_failure(row: list[str], module: str) -> None:
    """It bears the number, says what must happen, and has a test that is not left out."""
    number = int(row[0])
    tree = ast.parse((HERE / module).read_text())
    tests = [
        each
        for each in tree.body
        if isinstance(each, ast.AsyncFunctionDef | ast.FunctionDef)
        and each.name.startswith("test_")
    ]
    says = ast.get_docstring(tree) or ""

    assert module.startswith(f"test_{number:02d}_")
    assert re.match(rf"Failure {number}: \S.+\.\n\n\S", says), says
    assert tests and all(ast.get_docstring(each) for each in tests)
    assert not re.search(r"skip|xfail", (HERE / module).read_text())
