"""P51: the servers' database role works the whole market, and changes no schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from domain.database import close_pool, execute, fetch_value, open_pool, transaction
from domain.events.operations import forget_restored_events
from domain.payouts.rules import PayoutState
from gateway.migrate import migrate
from gateway.refused import CommandRefused
from gateway.runtime_role import grant_runtime
from tests.make.payouts import open_house, payout
from tests.make.ratings import approved
from tests.make.world import World

pytestmark = pytest.mark.asyncio
FORBIDDEN = (
    "create table loot (id int)",
    "create temporary table loot (id int)",
    "create schema loot",
    "create function loot() returns int language sql as 'select 1'",
    "create index loot on member (id)",
    "alter table ledger_entry disable trigger all",
    "alter table member add column loot text",
    "drop table staff_look",
    "truncate rate_bucket",
    "set session_replication_role = replica",
    "create role loot",
    "delete from migration",
)


async def as_owner(sql: str) -> None:
    async with transaction():
        await execute(sql)


@asynccontextmanager
async def runtime_role() -> AsyncIterator[str]:
    """A role that has nothing but what it is granted."""
    role = f"{await fetch_value('select current_database()')}_runtime"
    await as_owner(f'create role "{role}"')
    try:
        await grant_runtime(role)
        yield role
    finally:
        await as_owner(f'drop owned by "{role}"')
        await as_owner(f'drop role "{role}"')


@asynccontextmanager
async def running_as(role: str, dsn: str) -> AsyncIterator[None]:
    await close_pool()
    await open_pool(dsn, application_name="tests", settings={"role": role})
    try:
        yield
    finally:
        await close_pool()
        await open_pool(dsn, application_name="tests", size=20)


async def test_the_servers_role_works_and_changes_no_schema(
    database: str, world: World, tmp_path: Path
) -> None:
    """Work is approved and paid out, events and jobs are written; no table, no trigger moves."""
    async with runtime_role() as role, running_as(role, database):
        assert await migrate() == ""
        await forget_restored_events()
        await approved(world)
        async with open_house(world, tmp_path) as house:
            payout_id = (await house.request(await house.payee())).payout_id
            await house.send(await house.route(payout_id))
        assert (await payout(payout_id)).state is PayoutState.PENDING

        for sql in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await as_owner(sql)


async def test_an_older_schema_is_left_to_its_owner(database: str) -> None:
    """The server says what to do, and does not start on tables that it does not know."""
    async with runtime_role() as role:
        newest = "name = (select max(name) from migration)"
        await as_owner(f"update migration set name = name || '~' where {newest}")
        try:
            async with running_as(role, database):
                with pytest.raises(CommandRefused, match="as the owner"):
                    await migrate()
        finally:
            await as_owner(f"update migration set name = rtrim(name, '~') where {newest}")


async def test_a_role_that_is_mighty_or_missing_is_refused(database: str) -> None:
    """The owner's own role would be no wall at all."""
    assert database
    for role in ("postgres", "nobody at all"):
        with pytest.raises(CommandRefused):
            await grant_runtime(role)
