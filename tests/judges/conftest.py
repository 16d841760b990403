"""Every judge works on a copy: what it writes must not land in the tree."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import PREFIX, clone_template, database_dsn
from tests.judges.installed import HERE, fuzzer_python, node_packages
from tests.judges.served import Served, seeded, served

ROOT = HERE.parent.parent
FILLED = f"{PREFIX}_judged"

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
    """One per module and test worker, each with a copy of what was filled in once per run."""
    first = shared_folder(worker_id, tmp_path_factory)
    told = await filled_once(first)
    name = f"{PREFIX}_judges_{worker_id}"
    await clone_template(name, template=FILLED)
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(first, home, dirs_exist_ok=True)  # its keys: tokens are made with them
    with served(home, dsn=database_dsn(name), told=told) as running:
        yield running


def shared_folder(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all test workers of this run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "judged"
    folder.mkdir(exist_ok=True)
    return folder


async def filled_once(home: Path) -> str:
    """Whoever comes first fills; the others wait, and read what it told."""
    told = home / "told.json"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            await clone_template(FILLED)
            told.write_text(seeded(home, dsn=database_dsn(FILLED)))
    return told.read_text()
