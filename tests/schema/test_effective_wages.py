"""What an hour of work really paid, as its worker reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.assignments import operations
from domain.assignments.queries import effective_wages_of
from domain.assignments.rules.wages import hourly_effective
from tests.make.ask import Ask
from tests.make.campaigns import approve, claim, reject, rich_employer, running, submit
from tests.make.members import add_worker
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


async def wages(ask: Ask, worker: UUID) -> list[dict[str, Any]]:
    found = (await ask(example("viewerEffectiveWages"), viewer=worker)).only()
    return list(found["effectiveWages"])


async def worked(world: World, worker: UUID, campaign: UUID, *, minutes: int) -> UUID:
    assignment = await claim(world, worker, campaign)
    world.now += timedelta(minutes=minutes)
    await submit(world, worker, assignment)
    return assignment


async def test_time_that_nobody_paid_for_counts(ask: Ask, world: World) -> None:
    """R18: four minutes paid, two rejected, fifteen expired; what is undecided is left out."""
    world.now = world.now.replace(hour=9)
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 4)
    await approve(world, employer, await worked(world, worker, campaign, minutes=4))
    await reject(world, employer, await worked(world, worker, campaign, minutes=2))
    await worked(world, worker, campaign, minutes=3)
    await claim(world, worker, campaign)
    world.now += timedelta(minutes=16)
    await operations.expire_assignments(new_id=world.new_id, now=world.now)

    (found,) = await wages(ask, worker)

    monday = world.now.date() - timedelta(days=world.now.weekday())
    assert found == {
        "week": monday.isoformat(),
        "category": "LABELING",
        "hourly": {"amount": "0.142857", "currency": "USD"},
        "paid": {"amount": "0.05", "currency": "USD"},
        "seconds": 21 * 60,
        "workCount": 3,
        "unpaidCount": 2,
    }
    assert await wages(ask, await add_worker(world)) == []


async def test_weeks_are_told_apart_and_end(ask: Ask, world: World) -> None:
    """Eight weeks and the one that began them; the latest first."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 2)
    for _ in range(2):
        await approve(world, employer, await worked(world, worker, campaign, minutes=1))
        world.now += timedelta(weeks=1)

    weeks = [each["week"] for each in await wages(ask, worker)]
    assert weeks == sorted(weeks, reverse=True)
    assert len(weeks) == 2
    later = world.now + timedelta(weeks=8)
    assert await effective_wages_of(worker_id=worker, now=later) == []


@pytest.mark.parametrize(
    ("paid", "seconds", "hourly"), [(0, 60, 0), (50_000, 3_600, 50_000), (1, 7_200, 0)]
)
async def test_an_hour_is_never_rounded_up(paid: int, seconds: int, hourly: int) -> None:
    """A worker is never told of more than was paid."""
    assert hourly_effective(paid_micros=paid, seconds=seconds) == hourly
