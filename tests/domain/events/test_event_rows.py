"""Every change of state leaves one event, in the same transaction and readable in commit order."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments.operations import expire_assignments, return_assignment
from domain.assignments.rules import AssignmentState
from domain.campaigns.rules import CampaignState
from domain.database import execute, fetch_value, transaction
from domain.deposits.rules import DepositState
from domain.disputes.rules import DisputeState
from domain.events.operations import forget_restored_events, purge_events
from domain.events.queries import (
    EventRecord,
    events_after,
    events_by_id,
    events_of_campaign,
    events_of_member,
    events_of_subject,
    newest_position,
)
from domain.events.rules import BEGINNING, EventKind, EventPosition, subject_of
from domain.payouts.rules import PayoutState
from domain.suspensions.rules import SuspensionState
from domain.verification.rules import VerificationState
from tests.make.campaigns import approve, claim, reject, rich_employer, running, submit, submitted
from tests.make.events import all_readable
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def kinds_of(subject_id: UUID) -> list[str]:
    await all_readable()
    records = await events_of_subject(subject_id=subject_id, at=BEGINNING, limit=100)
    return [record.kind.value for record in records]


def states_with_events() -> set[str]:
    """A draft campaign is nobody's news; every other state has its event."""
    campaign = {f"campaign_{state.value}" for state in CampaignState} - {"campaign_draft"}
    assignment = {f"assignment_{state.value}" for state in AssignmentState}
    deposit = {f"deposit_{state.value}" for state in DepositState}
    payout = {f"payout_{state.value}" for state in PayoutState} | {"payout_unclaimed_reminder"}
    payout |= {"destination_added", "destination_removed"}
    dispute = {f"dispute_{state.value}" for state in DisputeState} | {
        "dispute_offered",
        "dispute_awaiting_worker",
        "dispute_seated",
    }
    suspension = {f"suspension_{state.value}" for state in SuspensionState}
    suspension -= {"suspension_proposed"}  # for no time
    verification = {f"verification_{state.value}" for state in VerificationState}
    verification -= {"verification_not_started"}
    return campaign | assignment | deposit | payout | dispute | suspension | verification


async def test_every_state_has_its_kind() -> None:
    """A new state without a kind would break the reader of its first event."""
    others = {"rating_visible", "referral_rewarded", "document_issued"}
    others |= {"session_begun", "message_sent", "message_masked", "policy_posted"}
    others |= {"campaign_invited", "campaign_review_due"}
    others |= {"search_found"}
    others |= {"spending_made", "allowance_set"}
    others |= {"ticket_opened", "ticket_answered", "ticket_resolved"}
    others |= {"deposit_refund_failed", "deposit_extra_arrived", "assignment_bonus_sent"}
    assert {kind.value for kind in EventKind} == states_with_events() | others
    assert all(subject_of(kind) for kind in EventKind)


async def test_work_from_claim_to_approval(world: World) -> None:
    """One event per state, in their order, for the worker and the employer alike."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await running(world, employer)
    assignment_id = await submitted(world, worker, campaign_id)
    await approve(world, employer, assignment_id)

    expected = ["assignment_claimed", "assignment_submitted", "assignment_approved"]
    assert await kinds_of(assignment_id) == expected
    mine = await events_of_member(member_id=worker, at=BEGINNING, limit=100)
    assert [event.kind.value for event in mine] == expected
    theirs = await events_of_campaign(campaign_id=campaign_id, at=BEGINNING, limit=100)
    assert [event.kind.value for event in theirs][:2] == ["campaign_funded", "campaign_running"]
    assert expected == [each.kind.value for each in theirs if each.subject_id == assignment_id]


async def test_a_change_that_is_undone_never_happened(world: World) -> None:
    """The event goes with its transaction."""
    employer, worker = await rich_employer(world), await add_worker(world)
    assignment_id = await claim(world, worker, await running(world, employer))

    async with transaction() as undone:
        await execute("update assignment set state = 'returned' where id = $1", assignment_id)
        await undone.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
    assert await kinds_of(assignment_id) == ["assignment_claimed"]
    await return_assignment(worker_id=worker, assignment_id=assignment_id, now=world.now)
    assert await kinds_of(assignment_id) == ["assignment_claimed", "assignment_returned"]


async def test_a_sweep_tells_of_each(world: World) -> None:
    """Sweeps change many rows at once; nobody is forgotten."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer, places=(3,))
    claims = [await claim(world, await add_worker(world), campaign_id) for _ in range(3)]
    world.now += timedelta(days=1)

    await expire_assignments(new_id=world.new_id, now=world.now)

    for assignment_id in claims:
        assert await kinds_of(assignment_id) == ["assignment_claimed", "assignment_expired"]


async def test_what_changes_without_a_new_state_is_no_event(world: World) -> None:
    """Counters and dates move all the time."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await running(world, employer)
    await submit(world, worker, await claim(world, worker, campaign_id))
    before = await kinds_of(campaign_id)
    async with transaction():
        await execute("update campaign set title = 'new' where id = $1", campaign_id)
    assert await kinds_of(campaign_id) == before


async def test_a_late_commit_is_never_passed(world: World) -> None:
    """The reader waits below every running transaction, so nothing appears behind its back."""
    employer = await rich_employer(world)
    first, second = await running(world, employer), await running(world, employer)
    await all_readable()  # what other tests keep open would hide what has just been made
    start = await newest_position()
    is_written, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction():
            await execute("update campaign set state = 'paused' where id = $1", first)
            is_written.set()
            await may_commit.wait()

    slowly = asyncio.create_task(slow(), context=Context())
    await is_written.wait()
    async with transaction():
        await execute("update campaign set state = 'paused' where id = $1", second)
    assert await ours(start, {first, second}) == []
    may_commit.set()
    await slowly

    assert {event.subject_id for event in await settled(start, {first, second}, count=2)} == {
        first,
        second,
    }


async def test_who_changed_it_later_comes_later(world: World) -> None:
    """Also when the later one began earlier, and waited for the subject."""
    campaign_id = await running(world, await rich_employer(world))
    await all_readable()  # what other tests keep open would hide what has just been made
    start = await newest_position()
    has_begun, may_change = asyncio.Event(), asyncio.Event()

    async def began_first() -> None:
        async with transaction():
            await fetch_value("select pg_current_xact_id()::text")
            has_begun.set()
            await may_change.wait()
            await execute("update campaign set state = 'running' where id = $1", campaign_id)

    first = asyncio.create_task(began_first(), context=Context())
    await has_begun.wait()
    async with transaction():
        await execute("update campaign set state = 'paused' where id = $1", campaign_id)
    may_change.set()
    await first

    paused, resumed = await settled(start, {campaign_id}, count=2)
    assert [paused.kind, resumed.kind] == [EventKind.CAMPAIGN_PAUSED, EventKind.CAMPAIGN_RUNNING]
    assert paused.recorded_at <= resumed.recorded_at


async def ours(start: EventPosition, subjects: set[UUID]) -> list[EventRecord]:
    events = await events_after(at=start, limit=10_000)
    return [event for event in events if event.subject_id in subjects]


async def settled(start: EventPosition, subjects: set[UUID], *, count: int) -> list[EventRecord]:
    """Transactions of other tests on the same server may hold the readers back for a moment."""
    async with asyncio.timeout(30):
        while len(found := await ours(start, subjects)) < count:  # noqa: ASYNC110  # others' transactions
            await asyncio.sleep(0.05)
    return found


async def test_readers_go_on_from_any_position(world: World) -> None:
    """Pages of one event each give the same as one page of all."""
    employer, worker = await rich_employer(world), await add_worker(world)
    assignment_id = await submitted(world, worker, await running(world, employer))
    await reject(world, employer, assignment_id)

    await all_readable()
    at, found = BEGINNING, []
    while page := await events_of_member(member_id=worker, at=at, limit=1):
        found += page
        at = page[-1].position

    assert found == await events_of_member(member_id=worker, at=BEGINNING, limit=100)
    assert len(found) == 3
    by_id = await events_by_id(ids=[event.id for event in found])
    assert by_id == {event.id: event for event in found}


async def test_old_events_are_purged(world: World) -> None:
    """After 30 days, and an hour for cursors accepted at the last moment."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer)
    now = await fetch_value("select now()")

    await purge_events(now=now + timedelta(days=30), limit=100_000)
    assert await kinds_of(campaign_id) == ["campaign_funded", "campaign_running"]
    async with transaction():  # of this test alone: others need theirs
        await execute(
            "update event set recorded_at = recorded_at - interval '31 days' where subject_id = $1",
            campaign_id,
        )
    assert await purge_events(now=now, limit=100_000) == 2
    assert await kinds_of(campaign_id) == []


async def test_a_restored_database_forgets_what_is_ahead_of_it(world: World) -> None:
    """Transaction numbers begin anew elsewhere; old events must not stand before new ones."""
    employer = await rich_employer(world)
    before, after = await running(world, employer), await running(world, employer)
    ahead = "update event set tx = '9000000000000000000'::xid8 where subject_id = $1"
    async with transaction():
        assert await execute(ahead, before) == 2

    assert await forget_restored_events() == 2

    assert await kinds_of(before) == []
    assert await kinds_of(after) == ["campaign_funded", "campaign_running"]
