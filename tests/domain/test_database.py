"""The engine: no failure leaks a connection or leaves a transaction behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import asyncpg
import pytest
import pytest_asyncio
from piccolo.engine.exceptions import TransactionError

from domain.database import (
    ACQUIRE_SECONDS_MAX,
    ATTEMPTS_MAX,
    DomainEngine,
    DomainTransaction,
    current_transaction,
    engine,
    execute,
    fetch,
    fetch_row,
    fetch_value,
    in_transaction,
    one_of,
    one_transaction,
    transaction,
)
from domain.ledger.rules import HoldState

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def scratch(database: str) -> AsyncIterator[str]:
    """A table of the test's own with a check that fails at COMMIT; gone when the test ends."""
    assert database
    async with transaction() as current:
        await current.connection.execute("""
            drop table if exists scratch;
            create table scratch (
                id int primary key, n int not null, twin int unique deferrable initially deferred);
            insert into scratch values (1, 0, 1), (2, 0, 2);
        """)
    yield "scratch"
    async with transaction():
        await execute("drop table scratch")


async def busy() -> int:
    """Connections that somebody has, without those that only lie ready."""
    assert engine.pool is not None and engine.spare is not None
    await engine.spare.close()
    count: int = engine.pool.get_size() - engine.pool.get_idle_size()
    return count


async def test_failed_commits_leave_no_trace(scratch: str) -> None:
    """The stock engine loses a connection and keeps the dead transaction when COMMIT fails."""
    busy_before = await busy()

    for attempt in range(5):
        with pytest.raises(asyncpg.UniqueViolationError):
            async with transaction():
                await execute(f"insert into {scratch} values ($1, 0, 1)", 10 + attempt)
        assert current_transaction() is None

    assert await busy() == busy_before
    assert await fetch_value(f"select count(*) from {scratch}") == 2


async def test_an_error_inside_rolls_back(scratch: str) -> None:
    """Nothing of a failed change stays."""

    async def change() -> None:
        async with transaction():
            await execute(f"update {scratch} set n = 1")
            await fetch("select 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await change()

    assert await fetch_value(f"select sum(n) from {scratch}") == 0
    assert not in_transaction()


async def test_nesting_is_refused(scratch: str) -> None:
    """The stock engine joins silently: an inner error that is swallowed would keep its writes."""
    async with transaction():
        with pytest.raises(TransactionError):
            async with transaction():
                raise AssertionError("unreachable")
        await execute(f"update {scratch} set n = 3 where id = 1")

    assert await fetch_value(f"select n from {scratch} where id = 1") == 3


async def test_a_partial_rolls_back_alone(scratch: str) -> None:
    """A savepoint: what failed inside is gone, what was written around it stays."""

    async def fail(current: DomainTransaction) -> None:
        async with current.partial():
            await execute(f"update {scratch} set n = 9")
            await fetch("select 1 / 0")

    async with transaction() as current:
        await execute(f"update {scratch} set n = 1 where id = 1")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await fail(current)

    rows = await fetch(f"select n from {scratch} order by id")
    assert [row["n"] for row in rows] == [1, 0]


async def test_waiting_for_a_connection_ends(database: str) -> None:
    """With every connection taken, a request fails instead of waiting for ever."""
    small = DomainEngine(config={})
    small.pool = await asyncpg.create_pool(database, min_size=1, max_size=1)
    taken = await small.acquire()
    began = monotonic()

    with pytest.raises(TimeoutError):
        async with small.transaction():
            raise AssertionError("unreachable")

    assert monotonic() - began > ACQUIRE_SECONDS_MAX - 1
    assert small.current_transaction.get() is None
    await small.pool.release(taken)
    async with small.transaction() as current:
        assert await current.connection.fetchval("select 1") == 1
    await small.pool.close()


async def test_a_closed_pool_says_so() -> None:
    """Not an attribute error deep inside a driver."""
    with pytest.raises(RuntimeError, match="not open"):
        await DomainEngine(config={}).acquire()


async def test_cancelling_rolls_back_and_releases(scratch: str) -> None:
    """A client that hangs up leaves neither rows nor a taken connection."""
    busy_before = await busy()
    inside = asyncio.Event()

    async def work() -> None:
        async with transaction():
            await execute(f"update {scratch} set n = 5")
            inside.set()
            await fetch("select pg_sleep(30)")

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    for _ in range(100):
        if await busy() == busy_before:
            break
        await asyncio.sleep(0.02)
    assert await busy() == busy_before
    assert await fetch_value(f"select sum(n) from {scratch}") == 0


async def test_who_hangs_up_leaves_no_statement_begun(database: str) -> None:
    """The server would end it after the limit, in the midst of what its next user asks."""
    begun = set()
    watching = await asyncpg.connect(database)
    for attempt in range(300):
        task = asyncio.create_task(fetch(f"select {attempt} as hung_up"))
        for _ in range(attempt % 12):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        begun |= set(
            await watching.fetch(
                "select pid, query from pg_stat_activity where state = 'active'"
                " and datname = current_database() and query like '% as hung_up'"
            )
        )
    await watching.close()

    assert not begun


async def test_a_deadlock_is_repeated(scratch: str) -> None:
    """Two changes that lock in opposite order both happen, one of them on its second try."""
    attempts = 0
    met = asyncio.Barrier(2)

    @one_transaction
    async def change(*, first: int, second: int) -> None:
        nonlocal attempts
        attempts += 1
        await execute(f"update {scratch} set n = n + 1 where id = $1", first)
        if attempts <= 2:
            await met.wait()  # both hold their first row now
        await execute(f"update {scratch} set n = n + 1 where id = $1", second)

    await asyncio.gather(change(first=1, second=2), change(first=2, second=1))

    assert attempts == 3
    assert [row["n"] for row in await fetch(f"select n from {scratch}")] == [2, 2]


async def test_repeating_ends(database: str) -> None:
    """Whoever never gets through is told, after a limited number of tries."""
    assert database
    attempts = 0

    @one_transaction
    async def unlucky() -> None:
        nonlocal attempts
        attempts += 1
        await fetch("do $$ begin raise exception using errcode = '40P01'; end $$")

    with pytest.raises(asyncpg.DeadlockDetectedError):
        await unlucky()

    assert attempts == ATTEMPTS_MAX


async def test_other_errors_are_not_repeated(database: str) -> None:
    """Only what the database asks to repeat is repeated."""
    assert database
    attempts = 0

    @one_transaction
    async def wrong() -> None:
        nonlocal attempts
        attempts += 1
        await fetch("select 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await wrong()

    assert attempts == 1


async def test_an_isolation_level_is_set(database: str) -> None:
    """The stock engine cannot."""
    assert database
    async with transaction(isolation="serializable"):
        assert await fetch_value("show transaction_isolation") == "serializable"
    async with transaction():
        assert await fetch_value("show transaction_isolation") == "read committed"


async def test_the_pool_heals_after_its_connections_died(scratch: str) -> None:
    """A restart of the database costs at most the queries that ran during it."""
    async with transaction() as current:
        own = await current.connection.fetchval("select pg_backend_pid()")
        await fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'tests' and pid <> $1",
            own,
        )

    for _ in range(8):
        assert await fetch_value(f"select count(*) from {scratch}") == 2


async def test_changes_need_a_transaction(scratch: str) -> None:
    """A change outside of one would commit on its own."""
    with pytest.raises(AssertionError):
        await execute(f"delete from {scratch}")

    assert await fetch_row(f"select * from {scratch} where id = 99") is None
    assert await fetch_value(f"select n from {scratch} where id = 99") is None


async def test_execute_counts_rows(scratch: str) -> None:
    """Operations decide by the count whether they came first."""
    async with transaction():
        assert await execute(f"update {scratch} set n = 1 where id = 1") == 1
        assert await execute(f"update {scratch} set n = 1 where id = 99") == 0
        assert await execute("set local lock_timeout = 1000") == 0


async def test_a_check_lists_the_values_of_an_enum() -> None:
    """The text of a check constraint."""
    assert one_of("state", HoldState) == "state in ('pending', 'posted', 'voided', 'expired')"
