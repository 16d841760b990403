"""What a rule of ours pauses a campaign for, besides mass rejection."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assignments import operations
from domain.assignments.rules.conduct import Conduct, ConductLimits, pause_for
from domain.campaigns import operations as campaigns
from domain.campaigns.queries import campaign_of
from domain.campaigns.rules import CampaignState, PauseReason
from domain.database import execute, transaction
from tests.make.campaigns import REASON, claim, rich_employer, running, submitted
from tests.make.members import add_worker
from tests.make.world import World

FEW = """
    insert into rate (kind, scope, valid_from, number, source)
    values ('late_reviews', '*', $1, 2, 'test'), ('dropped_claims', '*', $1, 2, 'test')
    on conflict do nothing
"""
MANY = """
    insert into rate (kind, scope, valid_from, number, source)
    values ('late_reviews', '*', $1, 20, 'test'), ('dropped_claims', '*', $1, 20, 'test')
    on conflict do nothing
"""


async def limits_of_two(world: World) -> None:
    """On this day; twenty from the next one on, as for all other tests."""
    async with transaction():
        await execute(FEW, world.now.date())
        await execute(MANY, world.now.date() + timedelta(days=1))


async def stands(employer: UUID, campaign: UUID) -> tuple[CampaignState, PauseReason | None]:
    found = await campaign_of(campaign_id=campaign, employer_id=employer)
    return found.state, found.pause_reason


PAUSED = CampaignState.PAUSED_SYSTEM


@pytest.mark.asyncio
async def test_decisions_left_to_the_clock_pause_a_campaign_until_its_owner_answers(
    world: World,
) -> None:
    """3.2: two of two were approved by time; after the owner's word they count no more."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[3])
    for _ in range(2):
        await submitted(world, await add_worker(world), campaign)
    world.now += timedelta(days=4)
    await limits_of_two(world)
    await operations.approve_overdue(new_id=world.new_id, now=world.now)
    await operations.watch_campaigns(now=world.now)
    assert await stands(employer, campaign) == (PAUSED, PauseReason.REVIEW_TIME_BREACH)

    await campaigns.acknowledge_pause(
        employer_id=employer, campaign_id=campaign, text=REASON, now=world.now
    )
    await operations.watch_campaigns(now=world.now)
    assert await stands(employer, campaign) == (CampaignState.RUNNING, None)


@pytest.mark.asyncio
async def test_work_that_most_give_up_pauses_a_campaign(world: World) -> None:
    """3.2: two are enough here. Who comes back to give up again is one, who hands in is none."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[9])
    await limits_of_two(world)
    first, second, diligent = [await add_worker(world) for _ in range(3)]
    await give_up(world, diligent, campaign)
    await submitted(world, diligent, campaign)
    for worker in (first, first, second):
        await give_up(world, worker, campaign)
        before = await stands(employer, campaign)
        await operations.watch_campaigns(now=world.now)
        assert before == (CampaignState.RUNNING, None)
    assert await stands(employer, campaign) == (PAUSED, PauseReason.QUALITY)


async def give_up(world: World, worker: UUID, campaign: UUID) -> None:
    await operations.return_assignment(
        worker_id=worker, assignment_id=await claim(world, worker, campaign), now=world.now
    )


COUNTS = st.integers(min_value=0, max_value=200)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_campaign_is_paused_at_both_limits_and_not_below(
    late: int, in_time: int, gave_up: int, did: int
) -> None:
    """So many and so large a share: a large campaign with few lapses goes on."""
    limits = ConductLimits(
        late_reviews=20, late_review_share=5_000, dropped_claims=20, dropped_claim_share=5_000
    )
    conduct = Conduct(
        decided=late + in_time, left_to_time=late, tried=gave_up + did, gave_up=gave_up
    )
    wanted = None
    if gave_up >= 20 and gave_up >= did:
        wanted = PauseReason.QUALITY
    if late >= 20 and late >= in_time:
        wanted = PauseReason.REVIEW_TIME_BREACH
    assert pause_for(conduct, limits) is wanted
