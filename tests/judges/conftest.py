"""Every judge works on a copy: what it writes must not land in the tree."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import PREFIX, clone_template, database_dsn
from tests.judges.installed import HERE, fuzzer_python, node_packages
from tests.judges.served import Served, served

ROOT = HERE.parent.parent

Desk = Callable[[str], Path]
"""`desk("eslint")` is a copy of tests/judges/eslint in a copy of what it looks at."""


@pytest.fixture(scope="session")
def packages() -> Path:
    return node_packages()


@pytest.fixture(scope="session")
def fuzzer() -> Path:
    return fuzzer_python()


@pytest.fixture
def desk(packages: Path, tmp_path: Path) -> Desk:
    def copied(judge: str) -> Path:
        shutil.copy(ROOT / "schema.graphql", tmp_path)
        shutil.copytree(ROOT / "docs" / "operations", tmp_path / "docs" / "operations")
        folder = tmp_path / "tests" / "judges" / judge
        if (HERE / judge).exists():
            shutil.copytree(HERE / judge, folder)
        else:
            folder.mkdir(parents=True)  # it takes no configuration
        (folder.parent / "node_modules").symlink_to(packages / "node_modules")
        return folder

    return copied


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One per module and test worker."""
    name = f"{PREFIX}_judges_{worker_id}"
    await clone_template(name)
    with served(tmp_path_factory.mktemp("home"), dsn=database_dsn(name)) as running:
        yield running
