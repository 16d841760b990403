"""`block_campaign`: nobody who worked loses by what staff do to the employer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments import operations
from domain.assignments.queries import assignments_by_id, audit
from domain.assignments.rules import AssignmentState, DecidedBy
from domain.campaigns import operations as campaigns
from domain.campaigns.queries import campaign_of, campaigns_by_id
from domain.campaigns.rules import CampaignState
from domain.errors import InvalidTransition, NotAllowed
from domain.ledger.rules import AccountKind
from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.tasks import queries as tasks
from tests.make.campaigns import balance, claim, reject, rich_employer, running, submit, submitted
from tests.make.members import add_employer, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
WHY = "It asks for the numbers of bank cards."


async def block(world: World, campaign_id: UUID, *, suspend: bool = True) -> UUID:
    staff = await add_employer(world)
    await grant_role(member_id=staff, role=Role.STAFF, now=world.now)
    if suspend:
        await campaigns.suspend_campaign(
            staff_id=staff, campaign_id=campaign_id, text=WHY, now=world.now
        )
    await operations.block_campaign(
        staff_id=staff,
        campaign_id=campaign_id,
        text=WHY,
        key=world.key(staff),
        new_id=world.new_id,
        now=world.now,
    )
    return staff


async def sweep(world: World) -> None:
    """All that the clock does, once."""
    await operations.expire_assignments(new_id=world.new_id, now=world.now)
    await operations.approve_overdue(new_id=world.new_id, now=world.now)
    await operations.close_rejections(new_id=world.new_id, now=world.now)
    await operations.advance_campaigns(new_id=world.new_id, now=world.now)


async def state_of(assignment_id: UUID, worker_id: UUID) -> AssignmentState:
    found = await assignments_by_id(ids=[assignment_id], viewer_id=worker_id)
    return found[assignment_id].state


async def test_what_was_handed_in_is_paid_and_the_rest_goes_back(world: World) -> None:
    """P4: submitted work is approved from escrow by staff, open places are paid back at once (E10),
    and a claim that is let go is no expiry of the worker's.
    """
    employer = await rich_employer(world)
    campaign_id = await running(world, employer, places=[4])
    done, holding = await add_worker(world), await add_worker(world)
    handed_in = await submitted(world, done, campaign_id)
    held = await claim(world, holding, campaign_id)
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer)

    await block(world, campaign_id)

    each = (await campaign_of(campaign_id=campaign_id, employer_id=employer)).price.total.micros
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == before + 2 * each
    assert await state_of(held, holding) is AssignmentState.REVOKED
    await sweep(world)
    paid = (await assignments_by_id(ids=[handed_in], viewer_id=done))[handed_in]
    assert (paid.state, paid.decided_by) == (AssignmentState.APPROVED, DecidedBy.STAFF)
    assert await balance(AccountKind.WORKER_EARNINGS, done) == 50_000
    world.now += timedelta(hours=2)
    await sweep(world)

    assert await state_of(held, holding) is AssignmentState.RETURNED
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == before + 3 * each
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign_id) == 0
    await sweep(world)
    over = await campaign_of(campaign_id=campaign_id, employer_id=employer)
    assert over.state is CampaignState.FINISHED
    assert [each for each in await audit() if str(campaign_id) in each.subject] == []


async def test_a_revoked_claim_is_paid_when_handed_in_by_its_deadline(world: World) -> None:
    """The grace: who was at it when staff came loses no work, and needs nobody's approval."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await running(world, employer)
    assignment_id = await claim(world, worker, campaign_id)
    await block(world, campaign_id)

    world.now += timedelta(minutes=10)
    await submit(world, worker, assignment_id)
    with pytest.raises(InvalidTransition):
        await reject(world, employer, assignment_id)
    await sweep(world)

    assert await state_of(assignment_id, worker) is AssignmentState.APPROVED
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000


async def test_a_revoked_claim_can_be_given_back(world: World) -> None:
    """Its place does not open again: it is cancelled, and paid back."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await running(world, employer, places=[1])
    assignment_id = await claim(world, worker, campaign_id)
    await block(world, campaign_id)

    await operations.return_assignment(worker_id=worker, assignment_id=assignment_id, now=world.now)
    await sweep(world)

    places = (await tasks.places_of(campaign_ids=[campaign_id]))[campaign_id]
    assert (places.open, places.held, places.cancelled) == (0, 0, 1)


async def test_a_blocked_campaign_is_seen_by_its_employer_alone(world: World) -> None:
    """Also once it has finished."""
    employer, stranger = await rich_employer(world), await add_worker(world)
    campaign_id = await running(world, employer)
    await block(world, campaign_id)

    for _ in range(2):
        assert await campaigns_by_id(ids=[campaign_id], viewer_id=stranger, now=world.now) == {}
        assert campaign_id in await campaigns_by_id(
            ids=[campaign_id], viewer_id=employer, now=world.now
        )
        await sweep(world)


async def test_only_what_is_suspended_is_blocked_and_by_staff_alone(world: World) -> None:
    """Nothing ends for good in one step, nor by its own employer."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer)

    with pytest.raises(InvalidTransition):
        await block(world, campaign_id, suspend=False)
    with pytest.raises(NotAllowed):
        await operations.block_campaign(
            staff_id=employer,
            campaign_id=campaign_id,
            text=WHY,
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )
