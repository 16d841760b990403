"""Employers are told of work that waits before the clock decides on it (R5)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments import operations
from domain.database import fetch
from tests.make.campaigns import claim, rich_employer, running, submit, submitted
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
DAY = timedelta(days=1)


async def told(world: World, employer: UUID, after: timedelta) -> int:
    """How often this employer has been told so far, once the job has run that much later."""
    world.now += after
    await operations.remind_reviews(now=world.now)
    await operations.remind_reviews(now=world.now)
    rows = await fetch(
        "select subject_id from event where kind = 'campaign_review_due' and employer_id = $1"
        " and member_id is null",
        employer,
    )
    return len(rows)


async def test_at_half_and_at_nine_tenths_of_the_review_time_once_for_all_work(
    world: World,
) -> None:
    """Of three days; how much waits does not matter."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[3])
    for _ in range(2):
        await submitted(world, await add_worker(world), campaign)
    steps = (
        (1.4 * DAY, 0),
        (0.2 * DAY, 1),
        (1.0 * DAY, 1),
        (0.2 * DAY, 2),
        (0.1 * DAY, 2),
    )
    for after, expected in steps:
        assert await told(world, employer, after) == expected


async def test_work_that_comes_later_is_told_of_again(world: World) -> None:
    """What was there when the employer was told is not."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[3])
    await submitted(world, await add_worker(world), campaign)
    assert await told(world, employer, 1.6 * DAY) == 1
    world.now += timedelta(minutes=1)
    later = await add_worker(world)
    await submit(world, later, await claim(world, later, campaign))
    assert await told(world, employer, 1.2 * DAY) == 2, "nine tenths of the first"
    assert await told(world, employer, 0.4 * DAY) == 3, "half of the second"


async def test_what_is_decided_waits_for_nobody(world: World) -> None:
    """While the worker revises, nothing is for the employer to do."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)
    assignment = await submitted(world, worker, campaign)
    await operations.ask_revision(
        employer_id=employer,
        assignment_id=assignment,
        text="Please look again.",
        new_id=world.new_id,
        now=world.now,
    )
    assert await told(world, employer, 2 * DAY) == 0
