"""`docs/requirements.md`: every id of the catalogue stands there once, beside tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SCOPE: Final = {
    *(f"P{number}" for number in range(1, 52)),
    *(f"C{number}" for number in (1, 2, 3, 4, 8, 9, 10, 11, 12)),
    *(f"A{number}" for number in (1, 2, 3, 4, 5, 9, 11, 13)),
}
TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows(section: str) -> list[list[str]]:
    """Id, what is said of it, and the cell of tests."""
    page = (ROOT / "docs" / "requirements.md").read_text()
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@cache
def named_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def test_every_id_stands_there_once() -> None:
    """Proven or open, never both and never forgotten."""
    ids = [row[0] for section in ("Proven", "Open") for row in rows(section)]

    assert sorted(ids) == sorted(SCOPE)


def test_what_is_proven_names_its_tests_and_what_is_open_what_is_missing() -> None:
    """An id without a test is not proven, and one without a gap is not open."""
    assert all(TEST.search(tests) for _, _, tests in rows("Proven"))
    assert all(missing for _, missing, _ in rows("Open"))


def test_the_tests_exist() -> None:
    """A test that was renamed or removed takes its proof along."""
    named = [
        found
        for section in ("Proven", "Open")
        for _, _, tests in rows(section)
        for found in TEST.findall(tests)
    ]
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or name not in named_in(path)
    ]

    assert missing == []
    assert all(
        len(TEST.findall(tests)) == tests.count("::")
        for section in ("Proven", "Open")
        for _, _, tests in rows(section)
    )
