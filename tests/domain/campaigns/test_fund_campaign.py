"""`fund_campaign`: the whole price of every place is set aside once, or nothing happens (E2)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain.campaigns import operations, queries
from domain.campaigns.rules import CampaignState
from domain.errors import InvalidTransition, NotFound
from domain.ledger.operations import BalanceTooLow
from domain.ledger.rules import AccountKind
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from tests.make.campaigns import balance, draft, rich_employer, usd
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_sets_reward_fee_and_vat_of_every_place_aside(world: World) -> None:
    """The worked example of DOMAIN 5.2: 1,000 places at 0.05, fee 10 %, German VAT 19 %."""
    employer = await rich_employer(world, usd("100"), country="DE")
    campaign = await draft(world, employer)
    await tasks.add_tasks(
        employer_id=employer,
        campaign_id=campaign,
        tasks=[NewTask(text="Sign up", place_count=1000)],
        new_id=world.new_id,
    )

    outcome = await operations.fund_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )

    assert not outcome.replayed
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 50_000_000
    assert await balance(AccountKind.CAMPAIGN_FEES, campaign) == 5_950_000
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == 100_000_000 - 55_950_000
    record = (await queries.campaigns_by_id(ids=[campaign], viewer_id=employer, now=world.now))[
        campaign
    ]
    assert record.state is CampaignState.FUNDED


async def test_refuses_what_the_balance_does_not_cover(world: World) -> None:
    """The refusal says what is there, and the draft stays a draft."""
    employer = await rich_employer(world, usd("0.10"))
    campaign = await _with_one_task(world, employer, places=2)

    with pytest.raises(BalanceTooLow) as refusal:
        await operations.fund_campaign(
            employer_id=employer,
            campaign_id=campaign,
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )

    assert refusal.value.available == usd("0.10")
    record = (await queries.campaigns_by_id(ids=[campaign], viewer_id=employer, now=world.now))[
        campaign
    ]
    assert record.state is CampaignState.DRAFT
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == 100_000


async def test_the_same_key_funds_once_at_any_concurrency(world: World) -> None:
    """Ten impatient clicks are one wish."""
    employer = await rich_employer(world, usd("10"))
    campaign = await _with_one_task(world, employer, places=10)
    key = world.key(employer, text="click")

    outcomes = await asyncio.gather(
        *(
            operations.fund_campaign(
                employer_id=employer,
                campaign_id=campaign,
                key=key,
                new_id=world.new_id,
                now=world.now,
            )
            for _ in range(10)
        )
    )

    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 500_000


async def test_another_key_does_not_fund_twice(world: World) -> None:
    """The state machine refuses what the key does not catch."""
    employer = await rich_employer(world, usd("10"))
    campaign = await _with_one_task(world, employer, places=1)

    for expected in (None, InvalidTransition):
        wish = operations.fund_campaign(
            employer_id=employer,
            campaign_id=campaign,
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )
        if expected is None:
            await wish
        else:
            with pytest.raises(expected):
                await wish

    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 50_000


async def test_an_empty_campaign_has_nothing_to_fund(world: World) -> None:
    """Otherwise an employer would publish what nobody can do."""
    employer = await rich_employer(world)
    campaign = await draft(world, employer)

    with pytest.raises(operations.NoTasks):
        await operations.fund_campaign(
            employer_id=employer,
            campaign_id=campaign,
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )


async def test_somebody_elses_draft_does_not_exist(world: World) -> None:
    """Neither for funding nor for reading."""
    owner, stranger = await rich_employer(world), await rich_employer(world)
    campaign = await _with_one_task(world, owner, places=1)

    with pytest.raises(NotFound):
        await operations.fund_campaign(
            employer_id=stranger,
            campaign_id=campaign,
            key=world.key(stranger),
            new_id=world.new_id,
            now=world.now,
        )

    assert await queries.campaigns_by_id(ids=[campaign], viewer_id=stranger, now=world.now) == {}


async def _with_one_task(world: World, employer_id: UUID, *, places: int) -> UUID:
    campaign_id = await draft(world, employer_id)
    await tasks.add_tasks(
        employer_id=employer_id,
        campaign_id=campaign_id,
        tasks=[NewTask(text="Sign up", place_count=places)],
        new_id=world.new_id,
    )
    return campaign_id
