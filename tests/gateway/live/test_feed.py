"""The reader of the feed: what it cannot read ends neither it nor the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.database import execute, transaction
from tests.gateway.live.test_streams import began, now_of
from tests.make.ask import Ask
from tests.make.members import add_worker
from tests.make.streams import ANY_EVENT, served, soon
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_an_event_of_a_newer_release_stops_nobody_else(
    ask: Ask, world: World, tmp_path: Path
) -> None:
    """While a release goes out, two versions of us read the same feed."""
    worker, other = await add_worker(world), await add_worker(world)
    async with served(ask, tmp_path) as live:
        after = await now_of(live, worker)
        async with live.sse(ANY_EVENT, await ask.token_of(worker), after=after) as events:
            await began(live, world, worker)
            await soon(anext(events))
            async with transaction():
                await execute(
                    "insert into event (kind, subject_id, member_id)"
                    " values ('news_of_next_year', gen_random_uuid(), $1)",
                    other,
                )
            try:
                for _ in range(2):
                    await began(live, world, worker)
                    await soon(anext(events))
            finally:
                async with transaction():
                    await execute("delete from event where kind = 'news_of_next_year'")
