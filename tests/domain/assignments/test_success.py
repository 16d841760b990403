"""How a worker's latest work was judged (R14)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.assignments import operations
from domain.assignments.queries import success_of
from tests.make import campaigns as make
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_ten_rejections_a_day_by_one_employer_count(world: World) -> None:
    """R9: one angry employer ruins nobody; and what is not final yet counts for nothing."""
    employer, worker = await make.rich_employer(world), await add_worker(world)
    campaign = await make.running(world, employer, places=[1] * 14)
    works = [await make.submitted(world, worker, campaign) for _ in range(14)]
    await make.approve(world, employer, works.pop())
    await make.waive_limits(world, campaign)
    for work in works[:12]:
        await make.reject(world, employer, work)
    assert (await success_of(ids=[worker]))[worker].bad == 0

    await operations.close_rejections(new_id=world.new_id, now=world.later(timedelta(days=8)))

    found = (await success_of(ids=[worker]))[worker]
    assert (found.good, found.bad) == (1, 10)
    assert found.rate == 10 / 21
    assert found.careful_rate < found.rate
    newcomer = await add_worker(world)
    assert (await success_of(ids=[newcomer]))[newcomer].rate == 0.9
