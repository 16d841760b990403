"""Somebody else holds what our own statements need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from domain.database import fetch_value

BEFORE_THE_LOCK_GIVES_UP: Final = 2.5  # the server itself ends the wait after 3 seconds


@asynccontextmanager
async def locked(dsn: str, table: str) -> AsyncIterator[None]:
    """Whoever uses the table waits."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(f"lock table {table} in access exclusive mode")
            yield
    finally:
        await connection.close()


async def waiting() -> int:
    """Statements of ours that wait for a lock, as the server sees them."""
    count: int = await fetch_value(
        "select count(*) from pg_stat_activity"
        " where application_name = 'tests' and wait_event_type = 'Lock' and state = 'active'"
        " and datname = current_database()"
    )
    return count


async def until_waiting(count: int) -> None:
    async with asyncio.timeout(5):
        while await waiting() != count:  # noqa: ASYNC110  # the server tells nobody
            await asyncio.sleep(0.01)
