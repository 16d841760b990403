"""`restart_campaign`: what was over runs again, and exactly the new places are set aside (E2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.assignments import operations as assignments
from domain.campaigns import operations as campaigns
from domain.campaigns.queries import CampaignRecord, campaign_of
from domain.campaigns.rules import CampaignState, DeclineReason
from domain.database import execute, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed
from domain.idempotency.rules import IdempotencyKey
from domain.ledger.rules import AccountKind
from domain.members.rules import Role
from domain.tasks import operations
from domain.tasks.queries import places_of
from tests.make.campaigns import LOOKED_AT, balance, claim, reviewed, rich_employer, running
from tests.make.members import add_staff, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
WHY = "The instructions do not say what is asked for."


async def restart(
    world: World,
    employer: UUID,
    campaign: UUID,
    *,
    place_count: int = 2,
    ends_at: datetime | None = None,
    key: IdempotencyKey | None = None,
) -> operations.Restarted:
    return await operations.restart_campaign(
        employer_id=employer,
        campaign_id=campaign,
        task_id=None,
        place_count=place_count,
        ends_at=ends_at,
        key=key or world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )


async def stop(world: World, employer: UUID, campaign: UUID) -> CampaignRecord:
    """And wait until nothing of it is due any more."""
    await operations.stop_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )
    await assignments.advance_campaigns(new_id=world.new_id, now=world.now)
    return await campaign_of(campaign_id=campaign, employer_id=employer)


async def test_what_was_over_runs_again_and_ends_again(world: World) -> None:
    """Twice the same wish is one; what is not used the second time comes back to the micro."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[3])
    finished = await stop(world, employer, campaign)
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer)
    key, until = world.key(employer), world.now + timedelta(days=2)

    again = [await restart(world, employer, campaign, ends_at=until, key=key) for _ in range(2)]
    spent = before - await balance(AccountKind.EMPLOYER_AVAILABLE, employer)
    record = await campaign_of(campaign_id=campaign, employer_id=employer)
    claimed = await claim(world, await add_worker(world), campaign)
    places = (await places_of(campaign_ids=[campaign]))[campaign]
    ended = await stop(world, employer, campaign)

    assert finished.state is CampaignState.FINISHED
    assert [each.replayed for each in again] == [False, True]
    assert spent == 2 * (50_000 + 5_000 + 950)
    assert (record.state, record.finished_at, record.ends_at) == (
        CampaignState.RUNNING,
        None,
        until,
    )
    assert claimed
    assert (places.total, places.open, places.held, places.cancelled) == (5, 1, 1, 3)
    assert ended.state is CampaignState.STOPPING, "the claim is honoured"
    left = before - await balance(AccountKind.EMPLOYER_AVAILABLE, employer)
    assert left == 50_000 + 5_000 + 950


async def test_what_runs_was_blocked_or_has_no_time_is_not_restarted(world: World) -> None:
    """Nothing is set aside where it is refused."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)
    with pytest.raises(InvalidTransition):
        await restart(world, employer, campaign)
    await stop(world, employer, campaign)
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer)

    with pytest.raises(InvalidInput):
        await restart(world, employer, campaign, ends_at=world.now)
    with pytest.raises(InvalidInput):
        await restart(world, employer, campaign, place_count=0)
    async with transaction():
        await execute("update campaign set blocked_at = $2 where id = $1", campaign, world.now)
    with pytest.raises(NotAllowed):
        await restart(world, employer, campaign)

    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == before


async def test_staff_look_first_at_what_they_looked_at_before(world: World) -> None:
    """Funded as it waits; declined, it is stopped and the new places are paid back."""
    employer, staff = await rich_employer(world), await add_staff(world, role=Role.STAFF)
    campaign = await reviewed(world, employer)
    await campaigns.approve_campaign(staff_id=staff, campaign_id=campaign, now=world.now)
    await stop(world, employer, campaign)
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer, LOOKED_AT)

    await restart(world, employer, campaign)
    waiting = await campaign_of(campaign_id=campaign, employer_id=employer)
    spent = before - await balance(AccountKind.EMPLOYER_AVAILABLE, employer, LOOKED_AT)
    await campaigns.decline_campaign(
        staff_id=staff, campaign_id=campaign, reason=DeclineReason.OTHER, text=WHY, now=world.now
    )
    ended = await stop(world, employer, campaign)

    assert waiting.state is CampaignState.PENDING_REVIEW
    assert spent == 2 * waiting.price.total.micros
    assert ended.state is CampaignState.FINISHED
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer, LOOKED_AT) == before
