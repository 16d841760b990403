"""When a campaign takes claims, and how many a day and of a country; the preview says the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.assignments import queries
from domain.assignments.operations import NotEligible, return_assignment
from domain.assignments.rules import ClaimReason, claim_reasons
from domain.campaigns.operations import publish_campaign
from domain.campaigns.rules import Schedule
from domain.campaigns.rules.schedule import schedule_problem
from domain.database import fetch
from domain.errors import InvalidInput
from tests.make.campaigns import claim, funded, rich_employer, running
from tests.make.members import add_worker
from tests.make.world import World


async def refused(world: World, worker: UUID, campaign: UUID) -> ClaimReason:
    """The one reason, which the preview gives as well (P43)."""
    with pytest.raises(NotEligible) as refusal:
        await claim(world, worker, campaign)
    facts = await queries.claim_facts(
        campaign_ids=[campaign], worker_id=worker, task_id=None, now=world.now
    )
    (reason,) = refusal.value.reasons
    assert claim_reasons(facts[campaign]) == (reason,)
    return reason


@pytest.mark.asyncio
async def test_nothing_is_claimed_before_the_beginning_or_out_of_hours(world: World) -> None:
    """P43, P40: by the clock of UTC, and what has ended is not claimed either."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await funded(world, employer, schedule=Schedule(daily_from_hour=8, daily_to_hour=18))
    world.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    begins, ends = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)
    for wrong in (ends, ends + timedelta(seconds=1)):
        with pytest.raises(InvalidInput):
            await publish_campaign(
                employer_id=employer,
                campaign_id=campaign,
                starts_at=wrong,
                ends_at=ends,
                now=world.now,
            )
    await publish_campaign(
        employer_id=employer, campaign_id=campaign, starts_at=begins, ends_at=ends, now=world.now
    )
    assert await refused(world, worker, campaign) is ClaimReason.NOT_YET
    world.now = begins + timedelta(hours=8, seconds=-1)
    assert await refused(world, worker, campaign) is ClaimReason.OUT_OF_HOURS
    world.now = ends
    facts = await queries.claim_facts(
        campaign_ids=[campaign], worker_id=worker, task_id=None, now=world.now
    )
    assert ClaimReason.NOT_RUNNING in claim_reasons(facts[campaign])
    world.now = begins + timedelta(hours=8)
    assert await claim(world, worker, campaign)


@pytest.mark.asyncio
@pytest.mark.parametrize(("begin", "end"), [(8, 18), (22, 6), (0, 23), (23, 0)])
async def test_hours_may_cross_midnight(world: World, begin: int, end: int) -> None:
    """All hours of a day, in one statement."""
    employer, worker = await rich_employer(world), await add_worker(world)
    schedule = Schedule(daily_from_hour=begin, daily_to_hour=end)
    campaign = await running(world, employer, schedule=schedule)
    rows = await fetch(
        "select h, campaign_closed($1, $2, timestamptz '2026-03-02 00:30Z' + h * interval '1 h')"
        " as closed from generate_series(0, 23) h",
        campaign,
        worker,
    )
    open_hours = {row["h"] for row in rows if not row["closed"]}
    assert open_hours == {(begin + each) % 24 for each in range((end - begin) % 24)}


@pytest.mark.asyncio
async def test_a_day_takes_so_many_claims_at_any_concurrency(world: World) -> None:
    """What gave its place back does not count, and the next day begins at midnight."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[9], schedule=Schedule(day_claim_max=2))
    workers = [await add_worker(world) for _ in range(7)]

    assert await taken(world, workers[:6], campaign) == 2
    assert await refused(world, workers[6], campaign) is ClaimReason.DAY_LIMIT
    for row in await fetch("select id, worker_id from assignment where campaign_id = $1", campaign):
        await return_assignment(worker_id=row["worker_id"], assignment_id=row["id"], now=world.now)
    assert await taken(world, workers[:1], campaign) == 1
    world.now = datetime(2026, 3, 30, tzinfo=UTC)
    assert await taken(world, workers[1:4], campaign) == 2


@pytest.mark.asyncio
async def test_any_hour_takes_so_many_claims_at_any_concurrency(world: World) -> None:
    """The hour rolls, over full hours too; what gave its place back does not count."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[30], schedule=Schedule(hour_claim_max=5))
    workers = [await add_worker(world) for _ in range(22)]
    world.now = begun = datetime(2026, 3, 29, 10, 50, tzinfo=UTC)

    assert await taken(world, workers[:20], campaign) == 5
    world.now = begun + timedelta(minutes=59)
    assert await refused(world, workers[20], campaign) is ClaimReason.HOUR_LIMIT
    row, *_ = await fetch(
        "select id, worker_id from assignment where campaign_id = $1 limit 1", campaign
    )
    await return_assignment(worker_id=row["worker_id"], assignment_id=row["id"], now=world.now)
    assert await taken(world, workers[20:], campaign) == 1
    world.now = begun + timedelta(hours=1)
    assert await taken(world, [await add_worker(world) for _ in range(6)], campaign) == 4


@pytest.mark.asyncio
async def test_workers_of_a_country_take_their_share_and_no_more(world: World) -> None:
    """R16: a quarter of ten places is two, whoever is quickest."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[10], schedule=Schedule(country_share_max=25))
    here = [await add_worker(world, country="PH") for _ in range(5)]
    there = await add_worker(world, country="KE")

    assert await taken(world, here, campaign) == 2
    assert await taken(world, [there], campaign) == 1
    late = await add_worker(world, country="PH")
    assert await refused(world, late, campaign) is ClaimReason.COUNTRY_SHARE


async def taken(world: World, workers: list[UUID], campaign: UUID) -> int:
    """How many of them got a place, all at once."""
    claims = (claim(world, worker, campaign) for worker in workers)
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    assert all(isinstance(each, UUID | NotEligible) for each in outcomes), outcomes
    return sum(isinstance(each, UUID) for each in outcomes)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(daily_from_hour=8),
        Schedule(daily_to_hour=8),
        Schedule(daily_from_hour=8, daily_to_hour=8),
        Schedule(daily_from_hour=8, daily_to_hour=24),
        Schedule(daily_from_hour=-1, daily_to_hour=8),
        Schedule(day_claim_max=0),
        Schedule(hour_claim_max=0),
        Schedule(hour_claim_max=100_001),
        Schedule(country_share_max=24),
        Schedule(country_share_max=101),
    ],
)
def test_a_schedule_that_says_nothing_is_refused(schedule: Schedule) -> None:
    """Before the database would."""
    assert schedule_problem(schedule) is not None
