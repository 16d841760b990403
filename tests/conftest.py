"""One PostgreSQL server per run; one database per test worker, cloned from a template."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from domain.database import close_pool, open_pool, transaction
from domain.taxes.operations import ensure_vat_seller
from gateway.embedded import EmbeddedPostgres
from gateway.migrate import migrate
from tests.make.world import World

SERVER = "PIECERATE_TEST_SERVER"  # a server that runs already; without it the run starts its own
SERVER_KEY = pytest.StashKey[EmbeddedPostgres]()
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PREFIX = os.environ.get("PIECERATE_TEST_PREFIX", "piecerate")

# Whoever forbids bytecode has every process of the run compile the same files again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
gc.set_threshold(50_000, 20, 20)  # what is imported and collected here stays to the end

# A busy machine is slow now and then; what is measured is in `make bench`, never in a test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def database_dsn(name: str) -> str:
    parts = urlsplit(os.environ[SERVER])
    return f"postgresql://{parts.netloc}/{name}?{parts.query}"


async def make_template() -> None:
    connection = await asyncpg.connect(database_dsn("postgres"))
    await connection.execute(f"drop database if exists {PREFIX}_template with (force)")
    await connection.execute(f"create database {PREFIX}_template")
    await connection.close()
    await open_pool(database_dsn(f"{PREFIX}_template"), application_name="tests")
    await migrate()
    async with transaction():
        await ensure_vat_seller(code="DE", country="DE")  # of tests that need no documents
    await close_pool()


async def clone_template(name: str, *, template: str = f"{PREFIX}_template") -> None:
    connection = await asyncpg.connect(database_dsn("postgres"))
    await connection.execute(f"drop database if exists {name} with (force)")
    await connection.execute(f"create database {name} template {template}")
    await connection.close()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # the controller has done it
    if SERVER not in os.environ:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is stopped
        config.stash[SERVER_KEY] = start_server()
    asyncio.run(make_template())


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: many a test waits for processes that it started."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Who was given more time comes first in the share that each test worker begins with.

    So nobody waits for a long test at the end. The others keep their order, which is random.
    """
    worker: dict[str, int] = getattr(config, "workerinput", {})
    shares = worker.get("workercount", 1)
    long = sorted(filter(_seconds_given, items), key=_seconds_given, reverse=True)
    short = deque(item for item in items if not _seconds_given(item))
    whole = len(items)
    items.clear()
    for number in range(shares):
        items.extend(long[number::shares])
        end = whole * (number + 1) // shares
        items.extend(short.popleft() for _ in range(min(len(short), end - len(items))))


def _seconds_given(item: pytest.Item) -> float:
    limit = item.get_closest_marker("timeout")
    return float(limit.args[0]) if limit is not None and limit.args else 0.0


RECURSION_LIMIT = sys.getrecursionlimit()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Tests of plugins import libraries that raise it; the host would not let them."""
    sys.setrecursionlimit(RECURSION_LIMIT)


def start_server() -> EmbeddedPostgres:
    home = Path(tempfile.mkdtemp(prefix="piecerate-tests-"))
    home.chmod(0o711)  # root starts the server as somebody else, who must come in
    server = EmbeddedPostgres(home, options=NOT_DURABLE, dies_with_us=True)
    os.environ[SERVER] = server.start().dsn  # the test workers inherit it
    return server


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER_KEY, None)
    if server is not None:
        server.stop()
        shutil.rmtree(server.home, ignore_errors=True)
        shutil.rmtree(server.place, ignore_errors=True)  # elsewhere, where the folder is shut


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(worker_id: str) -> AsyncIterator[str]:
    """The worker's own database, its pool open; yields the address."""
    name = f"{PREFIX}_{worker_id}"
    await clone_template(name)
    dsn = database_dsn(name)
    await open_pool(dsn, application_name="tests", size=20)
    yield dsn
    await close_pool()


@pytest.fixture
def world(database: str, request: pytest.FixtureRequest) -> World:
    """A moment, fresh ids and members for one test."""
    assert database
    return World.of(request.node.nodeid)
