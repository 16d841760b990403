"""The one engine of the project: Piccolo on asyncpg, with the transaction repaired.

Plain SQL with `$1` parameters goes through `fetch`, `fetch_row` and `execute`; a
change is one function under `@one_transaction`, or a block under `transaction()`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, ParamSpec, TypeVar

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from domain import connections, id_arrays
from domain.connections import SpareConnections

Isolation = Literal["read_committed", "repeatable_read", "serializable"]
P = ParamSpec("P")
Result = TypeVar("Result")

ACQUIRE_SECONDS_MAX: Final = connections.ACQUIRE_SECONDS_MAX
STATEMENT_SECONDS_MAX: Final = 10
ATTEMPTS_MAX: Final = 4
MIGRATION_FILES: Final = Path(__file__).parent.parent / "migrations" / "sql"
RETRIED: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
AWAY: Final = connections.AWAY
# It waited longer than it may; the same request may succeed in a moment.
BUSY: Final = (*RETRIED, asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)


class DomainTransaction(PostgresTransaction):
    """Releases its connection and clears the context even when COMMIT fails.

    The stock transaction leaks both. Nesting is refused by default: the stock one
    joins silently, so a swallowed inner error would leave its writes.
    """

    __slots__ = ("isolation",)
    engine: DomainEngine
    _parent: DomainTransaction | None

    def __init__(
        self, engine: DomainEngine, *, allow_nested: bool, isolation: Isolation | None
    ) -> None:
        super().__init__(engine, allow_nested=allow_nested)
        self.isolation = isolation

    async def get_connection(self) -> asyncpg.Connection:
        return await self.engine.acquire()

    async def __aenter__(self) -> DomainTransaction:  # noqa: PYI034  # a nested one gives its parent
        if self._parent is not None:
            return self._parent
        self.connection = await self.get_connection()
        try:
            self.transaction = self.connection.transaction(isolation=self.isolation)
            await self.begin()  # type: ignore[no-untyped-call]  # Piccolo's
        except BaseException:
            await self._release()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> Literal[False]:
        if self._parent is not None:
            return False
        try:
            if error is not None:
                if not self._rolled_back:
                    with suppress(*AWAY):  # gone with its connection; `error` says why
                        await self.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
            elif not self._committed and not self._rolled_back:
                await self.commit()  # type: ignore[no-untyped-call]  # Piccolo's
        finally:
            self.engine.current_transaction.reset(self.context)
            await asyncio.shield(self._release())
        return False

    async def _release(self) -> None:
        is_ended = self._committed or self._rolled_back
        await self.engine.release(self.connection, is_sound=is_ended)

    @asynccontextmanager
    async def partial(self) -> AsyncIterator[None]:
        """A part that may fail alone: a real savepoint."""
        async with self.connection.transaction():
            yield


class DomainEngine(PostgresEngine):
    """Knows where the database is only after `open_pool`."""

    nested_by_default = False  # the migrate command sets it: Piccolo nests its own
    spare: SpareConnections | None = None

    async def check_version(self) -> None:
        """Piccolo connects while piccolo_conf is imported; we do not."""

    async def prep_database(self) -> None:
        """No extensions are created."""

    async def acquire(self) -> asyncpg.Connection:
        """Waits at most `ACQUIRE_SECONDS_MAX`, then `TimeoutError`; the stock engine waits on."""
        if self.pool is None:
            raise RuntimeError("the connection pool is not open")
        if self._has_spare():
            assert self.spare is not None
            return await self.spare.acquire()
        return await self.pool.acquire(timeout=ACQUIRE_SECONDS_MAX)

    def _has_spare(self) -> bool:
        """Not where somebody has put another pool in its place."""
        return self.spare is not None and self.spare.pool is self.pool

    async def release(self, connection: asyncpg.Connection, *, is_sound: bool = False) -> None:
        """`is_sound`: nothing went wrong on it, so it needs no looking after."""
        if is_sound and self._has_spare():
            assert self.spare is not None
            if self.spare.keep(connection):
                return
        assert self.pool is not None
        try:
            await self.pool.release(connection)
        finally:
            if self._has_spare():
                assert self.spare is not None
                self.spare.returned()

    def transaction(
        self,
        allow_nested: bool | None = None,  # noqa: FBT001  # Piccolo's signature
        isolation: Isolation | None = None,
    ) -> DomainTransaction:
        nested = self.nested_by_default if allow_nested is None else allow_nested
        return DomainTransaction(self, allow_nested=nested, isolation=isolation)

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        spare = self.spare if self._has_spare() else None
        connection = spare.idle() if spare is not None else None
        if connection is None:
            connection = await self.acquire()
        is_kept = False
        try:
            found = await connection.fetch(query, *(args or ()))
            is_kept = spare is not None and spare.keep(connection)
        finally:
            if not is_kept:
                await self.release(connection)
        return found


engine = DomainEngine(config={})


async def open_pool(
    dsn: str,
    *,
    application_name: str,
    size: int = 10,
    statement_seconds: int = STATEMENT_SECONDS_MAX,
    settings: dict[str, str] | None = None,
) -> None:
    """Connect this process to the database; every limit is set, so nothing waits for ever."""
    assert engine.pool is None, "the pool is already open"
    engine.pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        timeout=5,
        command_timeout=statement_seconds * 3 / 2,  # the server's own limit comes first
        max_inactive_connection_lifetime=300,
        init=id_arrays.speak,
        reset=_end_of_statement,
        server_settings={
            "application_name": application_name,
            "timezone": "UTC",
            "statement_timeout": f"{statement_seconds}s",
            "lock_timeout": "3000",
            "idle_in_transaction_session_timeout": "15000",
            **(settings or {}),
        },
    )
    engine.spare = SpareConnections(engine.pool)


async def _end_of_statement(connection: asyncpg.Connection) -> None:
    """Nothing else is reset: settings are local, advisory locks end with the transaction, and
    asyncpg rolls an open transaction back.

    It parses a statement without waiting for the end of it. Who hangs up in between leaves it
    begun, and the server would end it after the limit, in what the next one asks.
    """
    await connection.execute("select")  # any statement ends the one before


async def close_pool() -> None:
    pool, engine.pool = engine.pool, None
    spare, engine.spare = engine.spare, None
    if pool is None:
        return
    if spare is not None:
        with suppress(TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.wait_for(spare.close(), 5)
    try:
        await asyncio.wait_for(pool.close(), 5)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        pool.terminate()


def transaction(isolation: Isolation | None = None) -> DomainTransaction:
    """One transaction, never around a call to the outside and never nested."""
    return engine.transaction(isolation=isolation)


def current_transaction() -> DomainTransaction | None:
    current = engine.current_transaction.get()
    assert current is None or isinstance(current, DomainTransaction)
    return current


def in_transaction() -> bool:
    return current_transaction() is not None


def one_transaction(
    operation: Callable[P, Awaitable[Result]],
) -> Callable[P, Coroutine[Any, Any, Result]]:
    """The operation is one transaction, repeated whole after a deadlock.

    It must therefore be a pure function of its arguments: ids and instants come in.
    """

    @repeated
    @wraps(operation)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        async with engine.transaction():
            return await operation(*args, **kwargs)

    return run


def repeated(
    change: Callable[P, Awaitable[Result]],
) -> Callable[P, Coroutine[Any, Any, Result]]:
    """Once more after a deadlock, which undid all of it."""

    @wraps(change)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await change(*args, **kwargs)
            except RETRIED:
                if attempt == ATTEMPTS_MAX:
                    raise
                await asyncio.sleep(0.01 * 2**attempt * (0.5 + random.random()))  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    return run


async def fetch(sql: str, *arguments: object) -> list[asyncpg.Record]:
    """Inside the current transaction if there is one, else on a connection of its own."""
    current = current_transaction()
    if current is not None:
        return list(await current.connection.fetch(sql, *arguments))
    return list(await engine._run_in_pool(sql, arguments))  # noqa: SLF001  # our subclass


async def fetch_row(sql: str, *arguments: object) -> asyncpg.Record | None:
    rows = await fetch(sql, *arguments)
    return rows[0] if rows else None


async def fetch_value(sql: str, *arguments: object) -> Any:
    """The first column of the first row; None when there is no row."""
    rows = await fetch(sql, *arguments)
    return rows[0][0] if rows else None


async def column_types(sql: str) -> list[str]:
    """What PostgreSQL calls the types of the columns that a statement selects; it is not run."""
    current = current_transaction()
    connection = await engine.acquire() if current is None else current.connection
    try:
        statement = await connection.prepare(sql)
        return [each.type.name for each in statement.get_attributes()]
    finally:
        if current is None:
            await engine.release(connection)


@repeated
async def change_value(sql: str, *arguments: object) -> Any:
    """A change that is one statement, and so a transaction by itself: one round trip.

    Gives what it returns. Never inside another transaction.
    """
    assert not in_transaction()
    return await fetch_value(sql, *arguments)


async def execute(sql: str, *arguments: object) -> int:
    """Runs a change and tells how many rows it touched."""
    current = current_transaction()
    assert current is not None, "a change happens inside a transaction"
    status: str = await current.connection.execute(sql, *arguments)
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


async def run_migration_file(name: str) -> None:
    """Many statements at once, braces left alone; `Table.raw` does neither."""
    current = current_transaction()
    assert current is not None, "the migrate command opens the transaction"
    await current.connection.execute((MIGRATION_FILES / name).read_text())


def one_of(column: str, kind: type[StrEnum]) -> str:
    """The text of a check constraint; Piccolo's own `is_in` check is broken DDL."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return f"{column} in ({values})"
