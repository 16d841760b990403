"""Every import contract can break: a wall that nothing runs into guards nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.source import ROOT

PACKAGES = ("piecerate", "gateway", "schema", "plugins", "domain", "migrations")
VIOLATIONS = {
    "gateway > schema | plugins > domain": ("domain/money.py", "import gateway.given"),
    "The domain knows no transport and no vendor": ("domain/money.py", "import httpx"),
    "Only domain.jobs knows the queue": ("domain/money.py", "import pgqueuer"),
    "Only the domain touches tables": ("gateway/given.py", "import domain.campaigns.tables"),
    "No database driver in schema and plugins": ("schema/money.py", "import asyncpg"),
    "Providers see the ports, not the domain behind them": (
        "plugins/hookspecs.py",
        "import domain.payouts.rules",
    ),
    "Inside an aggregate": ("domain/tasks/rules.py", "import domain.tasks.operations"),
    "Aggregates: call down, tell up": ("domain/ledger/rules.py", "import domain.campaigns.rules"),
    "No cycles": ("gateway/given.py", "import gateway.app"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of its own, where walls may fall."""
    folder = tmp_path_factory.mktemp("walls")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("assets"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_breaks_the_contract(copy: Path, contract: str) -> None:
    """The build names the wall that was run into."""
    file, line = VIOLATIONS[contract]
    before = (copy / file).read_text()
    (copy / file).write_text(before + f"\n{line}\n")
    try:
        said = subprocess.run(  # noqa: S603  # our own tool
            [Path(sys.executable).parent / "lint-imports", "--no-cache"],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        (copy / file).write_text(before)

    assert said.returncode != 0
    assert f"{contract} BROKEN" in said.stdout
