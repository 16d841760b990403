"""`extend_campaign`: more places, and exactly their price set aside (E2)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain.assignments import operations as assignments
from domain.campaigns.operations import EmployerUnverified
from domain.campaigns.queries import campaign_of
from domain.campaigns.rules import CampaignState
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.idempotency.rules import IdempotencyKey
from domain.ledger.operations import BalanceTooLow
from domain.ledger.rules import AccountKind
from domain.tasks import operations
from domain.tasks.queries import audit, places_of
from tests.make.campaigns import (
    balance,
    draft,
    pay_in,
    rich_employer,
    running,
    submitted,
    usd,
)
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def extend(
    world: World,
    employer_id: UUID,
    campaign_id: UUID,
    place_count: int = 2,
    *,
    task_id: UUID | None = None,
    key: IdempotencyKey | None = None,
) -> operations.Extended:
    return await operations.extend_campaign(
        employer_id=employer_id,
        campaign_id=campaign_id,
        task_id=task_id,
        place_count=place_count,
        key=key or world.key(employer_id),
        new_id=world.new_id,
        now=world.now,
    )


async def test_more_places_cost_exactly_their_price(world: World) -> None:
    """E2: two more at 0.05, fee 10 %, VAT 19 % on it; the audit finds books and places equal."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer, places=[3])
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer)

    await extend(world, employer, campaign_id)

    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == before - 2 * 55_950
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign_id) == 5 * 50_000
    places = (await places_of(campaign_ids=[campaign_id]))[campaign_id]
    assert (places.total, places.open) == (5, 5)
    assert [each for each in await audit() if str(campaign_id) in each.subject] == []


async def test_an_exhausted_campaign_runs_again(world: World) -> None:
    """What is added can be claimed at once."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer, places=[1])
    await submitted(world, await add_worker(world), campaign_id)
    await assignments.advance_campaigns(new_id=world.new_id, now=world.now)

    await extend(world, employer, campaign_id, 1)

    record = await campaign_of(campaign_id=campaign_id, employer_id=employer)
    assert record.state is CampaignState.RUNNING
    await submitted(world, await add_worker(world), campaign_id)


async def test_the_same_key_extends_once_at_any_concurrency(world: World) -> None:
    """Five impatient clicks are one wish; a wish of its own is another one."""
    employer = await rich_employer(world)
    campaign_id, key = await running(world, employer, places=[1]), world.key(employer)

    done = await asyncio.gather(
        *(extend(world, employer, campaign_id, key=key) for _ in range(5)), return_exceptions=True
    )
    await extend(world, employer, campaign_id)

    assert sum(isinstance(each, operations.Extended) and not each.replayed for each in done) == 1
    assert (await places_of(campaign_ids=[campaign_id]))[campaign_id].total == 5


async def test_what_cannot_be_paid_is_not_added(world: World) -> None:
    """All or nothing: no place without its money."""
    employer = await rich_employer(world, usd("0.10"))
    campaign_id = await running(world, employer, places=[1])

    with pytest.raises(BalanceTooLow):
        await extend(world, employer, campaign_id)

    assert (await places_of(campaign_ids=[campaign_id]))[campaign_id].total == 1
    await pay_in(world, employer, usd("1"))
    await extend(world, employer, campaign_id)


async def test_the_cap_of_the_unverified_holds_for_extensions(world: World) -> None:
    """R42: small at first and large later would get around it."""
    employer = await rich_employer(world, usd("20000"))
    campaign_id = await running(world, employer, places=[1], reward=usd("100"))

    with pytest.raises(EmployerUnverified):
        await extend(world, employer, campaign_id, 99)


@pytest.mark.parametrize("place_count", [0, 10_000])
async def test_r30_bounds_an_extension(world: World, place_count: int) -> None:
    """R30: 1 to 9,999 at a time."""
    employer = await rich_employer(world)

    with pytest.raises(InvalidInput):
        await extend(world, employer, await running(world, employer), place_count)


async def test_which_task_must_be_clear(world: World) -> None:
    """One of several is named; another campaign's is as good as absent; a draft takes tasks."""
    employer = await rich_employer(world)
    several = await running(world, employer, places=[1, 1])

    with pytest.raises(InvalidInput):
        await extend(world, employer, several)
    with pytest.raises(NotFound):
        await extend(world, employer, several, task_id=world.new_id())
    with pytest.raises(NotFound):
        await extend(world, await rich_employer(world), several)
    with pytest.raises(InvalidTransition):
        await extend(world, employer, await draft(world, employer))
