"""`reveal_ratings`: hidden until both have rated or a week has passed, and not a second longer."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import pytest

from domain.database import execute, transaction
from domain.ratings import operations
from tests.make.ratings import approved, rate, seen_by
from tests.make.world import World

pytestmark = pytest.mark.asyncio

WEEK: Final = timedelta(days=7)


async def reveal_all(now: datetime) -> None:
    while await operations.reveal_ratings(now=now):
        pass


async def test_after_a_week_a_lonely_rating_becomes_visible(world: World) -> None:
    """To the second: the silence of one side does not bury what the other says."""
    work = await approved(world)
    rating_id = await rate(world, work, work.worker_id)

    await reveal_all(world.now + WEEK - timedelta(seconds=1))
    assert await seen_by(work, work.employer_id) == set()
    await reveal_all(world.now + WEEK)
    assert await seen_by(work, work.employer_id) == {rating_id}

    late = await rate(world, work, work.employer_id, now=world.later(timedelta(days=8)))
    assert await seen_by(work, work.worker_id) == {rating_id, late}


async def test_two_at_the_same_moment_do_not_wait_a_week(world: World) -> None:
    """They may not see each other's row; the sweep sees both, however many run at once."""
    works = [await approved(world) for _ in range(4)]
    for work in works:
        for author_id in (work.worker_id, work.employer_id):
            await rate(world, work, author_id)
    ids = [work.id for work in works]
    async with transaction():  # as if neither had seen the other
        await execute(
            "update rating set state = 'hidden', visible_at = null where assignment_id = any($1)",
            ids,
        )

    await asyncio.gather(*(operations.reveal_ratings(now=world.now) for _ in range(3)))

    for work in works:
        assert len(await seen_by(work, world.new_id())) == 2
