"""Connections that are handed out again without the pool's ceremony are as safe as the pool's."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from domain.connections import SpareConnections
from domain.database import engine, fetch_value

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("world")]


async def test_a_sound_connection_is_used_again() -> None:
    """The same one, and the pool did not see it in between."""
    assert engine.pool is not None
    spare = SpareConnections(engine.pool)
    first = await spare.acquire()
    assert spare.keep(first)

    assert await spare.acquire() is first
    await engine.pool.release(first)


async def test_one_in_a_transaction_goes_back_to_the_pool() -> None:
    """The next one to use it would be inside somebody else's transaction."""
    assert engine.pool is not None
    spare = SpareConnections(engine.pool)
    connection = await spare.acquire()
    await connection.execute("begin")

    assert not spare.keep(connection)
    await engine.pool.release(connection)


async def test_a_closed_one_is_never_handed_out(database: str) -> None:
    """The server may close it while it lies there, however often: another takes its place."""
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool:
        spare = SpareConnections(pool, patience=5)
        for _ in range(3):
            connection = await spare.acquire()
            assert await connection.fetchval("select 1") == 1
            assert spare.keep(connection)
            await connection.close()
        last = await spare.acquire()
        await pool.release(last)


async def test_one_that_broke_after_its_last_statement_is_not_kept() -> None:
    """A commit that went through must not end in an error of giving the connection back."""
    assert engine.pool is not None
    spare = SpareConnections(engine.pool)
    connection = await spare.acquire()
    connection.terminate()
    await asyncio.sleep(0)  # the pool takes note

    assert not spare.keep(connection)
    await engine.pool.release(connection)


async def test_who_waits_is_given_the_next_one(database: str) -> None:
    """With one connection in all, a second user gets it without the pool in between."""
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool:
        spare = SpareConnections(pool)
        held = await spare.acquire()
        waiting = asyncio.create_task(spare.acquire())
        await asyncio.sleep(0)

        assert spare.keep(held)

        assert await waiting is held
        await pool.release(held)


async def test_who_waits_asks_the_pool_when_the_held_one_broke(database: str) -> None:
    """A connection that nobody may use again is no reason to wait on."""
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool:
        spare = SpareConnections(pool)
        held = await spare.acquire()
        waiting = asyncio.create_task(spare.acquire())
        await asyncio.sleep(0)
        held.terminate()
        await asyncio.sleep(0)  # the pool takes note
        assert not spare.keep(held)
        await pool.release(held)

        spare.returned()

        got = await waiting
        assert await got.fetchval("select 1") == 1
        await pool.release(got)


async def test_one_that_is_given_to_nobody_any_more_goes_to_the_next(database: str) -> None:
    """A request that was cut off in that moment must not take the connection with it."""
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool:
        spare = SpareConnections(pool)
        held = await spare.acquire()
        first, second = (asyncio.create_task(spare.acquire()) for _ in range(2))
        await asyncio.sleep(0)

        assert spare.keep(held)
        first.cancel()

        assert await second is held
        assert first.cancelled()
        await pool.release(held)


async def test_nobody_waits_for_ever_and_the_next_one_is_served(database: str) -> None:
    """Who gave up, or could not be connected, takes no place from those who come after."""
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool:
        spare = SpareConnections(pool, patience=0.05)
        held = await spare.acquire()
        waiting = [asyncio.create_task(spare.acquire()) for _ in range(2)]
        given_up = await asyncio.gather(*waiting, return_exceptions=True)
        late = asyncio.create_task(spare.acquire())
        await asyncio.sleep(0)
        assert spare.keep(held)
        got = await late
        await pool.release(got)
        spare.returned()
        direct = await pool.acquire()  # somebody beside us: the pool has none for us
        refused = await asyncio.gather(spare.acquire(), return_exceptions=True)
        await pool.release(direct)
        last = await spare.acquire()
        await pool.release(last)

    assert [type(each) for each in (*given_up, *refused)] == [TimeoutError] * 3
    assert got is held


async def test_a_failed_statement_gives_its_connection_back_to_the_pool() -> None:
    """The pool knows what to do with it; the next statement is fine."""
    with pytest.raises(asyncpg.PostgresError):
        await fetch_value("select 1 / 0")

    assert await fetch_value("select 2") == 2
