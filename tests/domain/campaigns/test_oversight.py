"""Pauses by rules of ours, and how they end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments import operations as assignments
from domain.assignments.operations import NotEligible
from domain.campaigns import operations
from domain.campaigns.queries import CampaignRecord, campaign_of, decisions_of
from domain.campaigns.rules import CampaignEvent, CampaignParty, CampaignState, PauseReason
from domain.database import execute, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.ledger.rules import AccountKind
from domain.members.operations import grant_role
from domain.members.rules import Role
from tests.make.campaigns import balance, claim, funded, rich_employer, running, submit
from tests.make.members import add_employer, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
WORD = "Two more people review from today on."


async def staff(world: World) -> UUID:
    member_id = await add_employer(world)
    await grant_role(member_id=member_id, role=Role.STAFF, now=world.now)
    return member_id


async def pause(world: World, campaign_id: UUID, reason: PauseReason) -> bool:
    async with transaction():
        return await operations.pause_by_system(
            campaign_id=campaign_id, reason=reason, now=world.now
        )


async def seen(campaign_id: UUID, employer_id: UUID) -> CampaignRecord:
    return await campaign_of(campaign_id=campaign_id, employer_id=employer_id)


async def test_all_that_takes_claims_on_money_that_is_taken_back_is_paused(world: World) -> None:
    """LOW_ESCROW: only of this employer and currency; its owner's word does not end it."""
    employer, other = await rich_employer(world), await rich_employer(world)
    taking, foreign = await running(world, employer), await running(world, other)
    waiting = await funded(world, employer)

    paused = [
        await operations.pause_for_low_escrow(
            employer_id=employer, currency=currency, now=world.now
        )
        for currency in ("EUR", "USD", "USD")
    ]

    assert paused == [0, 1, 0]
    record = await seen(taking, employer)
    assert record.state is CampaignState.PAUSED_SYSTEM
    assert record.pause_reason is PauseReason.LOW_ESCROW
    assert (await seen(foreign, other)).state is CampaignState.RUNNING
    assert (await seen(waiting, employer)).state is CampaignState.FUNDED
    with pytest.raises(NotAllowed):
        await operations.acknowledge_pause(
            employer_id=employer, campaign_id=taking, text=WORD, now=world.now
        )


async def test_a_paused_campaign_takes_no_claims_and_live_ones_go_on(world: World) -> None:
    """PAUSED_SYSTEM stops new claims alone; what is handed in still moves the reward (E3)."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await running(world, employer)
    assignment_id = await claim(world, worker, campaign_id)

    assert await pause(world, campaign_id, PauseReason.REJECTION_BREAKER)

    with pytest.raises(NotEligible):
        await claim(world, await add_worker(world), campaign_id)
    await submit(world, worker, assignment_id)
    assert await balance(AccountKind.WORKER_PENDING, worker) == 50_000
    record = await seen(campaign_id, employer)
    assert record.state is CampaignState.PAUSED_SYSTEM
    assert record.pause_reason is PauseReason.REJECTION_BREAKER


async def test_a_second_pause_and_one_of_an_idle_campaign_change_nothing(world: World) -> None:
    """A rule that trips twice says so with False, and the first reason stays."""
    employer = await rich_employer(world)
    first = await running(world, employer)
    paused = await running(world, employer)
    await operations.pause_campaign(employer_id=employer, campaign_id=paused)

    assert await pause(world, first, PauseReason.QUALITY)
    assert not await pause(world, first, PauseReason.LOW_ESCROW)
    assert not await pause(world, paused, PauseReason.QUALITY)

    assert (await seen(first, employer)).pause_reason is PauseReason.QUALITY
    assert (await seen(paused, employer)).state is CampaignState.PAUSED
    with pytest.raises(NotFound):
        await pause(world, world.new_id(), PauseReason.QUALITY)


async def test_the_owner_s_word_ends_what_it_can_end(world: World) -> None:
    """An acknowledgement lets claims in again, and both lines can be read, newest first."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer)
    await pause(world, campaign_id, PauseReason.REVIEW_TIME_BREACH)

    await operations.acknowledge_pause(
        employer_id=employer, campaign_id=campaign_id, text=f" {WORD} ", now=world.now
    )

    record = await seen(campaign_id, employer)
    assert (record.state, record.pause_reason) == (CampaignState.RUNNING, None)
    answered, paused = (await decisions_of(campaign_ids=[campaign_id]))[campaign_id]
    assert (answered.event, answered.party) == (CampaignEvent.ACKNOWLEDGE, CampaignParty.OWNER)
    assert (answered.text, answered.pause_reason) == (WORD, None)
    assert (paused.party, paused.pause_reason) == (
        CampaignParty.SYSTEM,
        PauseReason.REVIEW_TIME_BREACH,
    )


async def test_mass_rejection_ends_by_staff_alone(world: World) -> None:
    """R8: who rejects in mass does not lift the breaker; staff do, but not on their own offer."""
    employer, person = await rich_employer(world), await staff(world)
    await grant_role(member_id=employer, role=Role.STAFF, now=world.now)
    campaign_id = await running(world, employer)
    await pause(world, campaign_id, PauseReason.REJECTION_BREAKER)

    with pytest.raises(NotAllowed):
        await operations.acknowledge_pause(
            employer_id=employer, campaign_id=campaign_id, text=WORD, now=world.now
        )
    for who in (employer, await add_worker(world)):
        with pytest.raises(NotAllowed):
            await operations.clear_campaign(
                staff_id=who, campaign_id=campaign_id, text=WORD, now=world.now
            )
    with pytest.raises(InvalidInput):
        await operations.clear_campaign(
            staff_id=person, campaign_id=campaign_id, text="ok", now=world.now
        )
    await operations.clear_campaign(
        staff_id=person, campaign_id=campaign_id, text=WORD, now=world.now
    )
    with pytest.raises(InvalidTransition):
        await operations.clear_campaign(
            staff_id=person, campaign_id=campaign_id, text=WORD, now=world.now
        )

    assert (await seen(campaign_id, employer)).state is CampaignState.RUNNING


async def test_a_paused_campaign_whose_end_has_come_is_paid_back(world: World) -> None:
    """E10: no pause keeps the money of open places beyond the end date."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer)
    async with transaction():
        await execute(
            "update campaign set ends_at = $2 where id = $1",
            campaign_id,
            world.now + timedelta(hours=1),
        )
    await pause(world, campaign_id, PauseReason.QUALITY)
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer)

    await assignments.advance_campaigns(new_id=world.new_id, now=world.now + timedelta(hours=2))

    assert (await seen(campaign_id, employer)).state is CampaignState.STOPPING
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) > before
