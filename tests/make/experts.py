"""Workers of long experience. They are taken away again: other tests' disputes have no panel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from domain.database import execute, transaction
from domain.workers.rules import EXPERT_LEVEL
from tests.make.members import add_worker
from tests.make.world import World

_LEVEL = """
    insert into worker_standing (worker_id, satisfied_count, five_star_count, usd_micros, level)
    select each, 0, 0, 0, $2 from unnest($1::uuid[]) as each
    on conflict (worker_id) do update set level = excluded.level
"""


@asynccontextmanager
async def experts(world: World, count: int, level: int = EXPERT_LEVEL) -> AsyncIterator[list[UUID]]:
    made = [await add_worker(world, name="Erna Expert") for _ in range(count)]
    async with transaction():
        await execute(_LEVEL, made, level)
    try:
        yield made
    finally:
        async with transaction():
            await execute("set local session_replication_role = replica")  # points never fall
            await execute("delete from worker_standing where worker_id = any($1)", made)
