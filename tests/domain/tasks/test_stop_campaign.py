"""`stop_campaign`: open places are paid back whole, work under way goes on (E10)."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest

from domain.assignments import operations as assignments
from domain.campaigns import queries as campaigns
from domain.campaigns.operations import lock_own_campaign
from domain.campaigns.rules import CampaignState
from domain.database import transaction
from domain.ledger.rules import AccountKind
from domain.tasks import operations, queries
from tests.make.campaigns import approve, balance, claim, rich_employer, running, submitted, usd
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_only_what_is_under_way_stays_set_aside(world: World) -> None:
    """One approved, one handed in, one claimed, two open: the two come back, fee too."""
    employer = await rich_employer(world, usd("10"), country="US")
    campaign = await running(world, employer, places=[5])
    workers = [await add_worker(world) for _ in range(3)]
    await approve(world, employer, await submitted(world, workers[0], campaign))
    await submitted(world, workers[1], campaign)
    await claim(world, workers[2], campaign)

    await operations.stop_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )

    places = (await queries.places_of(campaign_ids=[campaign]))[campaign]
    assert (places.open, places.held, places.filled, places.settled, places.cancelled) == (
        0, 1, 1, 1, 2,
    )  # fmt: skip
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 50_000
    assert await balance(AccountKind.CAMPAIGN_FEES, campaign) == 2 * 5_000
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == 10_000_000 - 3 * 55_000


async def test_a_claim_that_expires_later_is_paid_back_too(world: World) -> None:
    """After the sweeps nothing of a stopped campaign is left in escrow, and it is finished."""
    employer = await rich_employer(world, usd("10"), country="US")
    campaign = await running(world, employer, places=[2])
    await claim(world, await add_worker(world), campaign)
    await operations.stop_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )

    later = world.now + timedelta(minutes=16)
    await assignments.expire_assignments(new_id=world.new_id, now=later)
    for _ in range(2):
        await assignments.advance_campaigns(new_id=world.new_id, now=later)

    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 0
    assert await balance(AccountKind.CAMPAIGN_FEES, campaign) == 0
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == 10_000_000
    record = (await campaigns.campaigns_by_id(ids=[campaign], viewer_id=employer, now=world.now))[
        campaign
    ]
    assert record.state is CampaignState.FINISHED


async def test_a_claim_goes_on_while_the_employer_holds_the_campaign(world: World) -> None:
    """A claim that waited here, with its task locked, would be a deadlock for every stop."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])

    async with transaction():
        await lock_own_campaign(campaign_id=campaign, employer_id=employer)
        claiming = asyncio.create_task(claim(world, worker, campaign), context=Context())
        async with asyncio.timeout(2):
            await claiming
