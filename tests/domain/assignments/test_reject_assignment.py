"""How many rejections a campaign may make, what staff agree to, and how they are taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments import operations, queries
from domain.assignments.reads import REVERSIBLE_UNTIL
from domain.assignments.rules import (
    AssignmentState,
    ReasonCode,
    Rejection,
    reversible_until,
)
from domain.campaigns import queries as campaigns
from domain.campaigns.rules import CampaignState, PauseReason
from domain.database import fetch, fetch_value
from domain.disputes import operations as disputes
from domain.disputes import queries as dispute_queries
from domain.disputes.rules import DisputeParty, DisputeState
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.ledger.operations import BalanceTooLow
from domain.ledger.queries import differences
from domain.ledger.rules import AccountKind
from domain.members.rules import Role
from domain.paging import Page
from domain.tasks import operations as tasks
from tests.make.campaigns import (
    REASON,
    approve,
    balance,
    beyond_limit,
    claim,
    reject,
    rich_employer,
    running,
    submit,
    submitted,
    usd,
    waive_limits,
)
from tests.make.members import add_staff, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
REJECTED = Rejection(reason_code=ReasonCode.SPAM, text=REASON)


async def state_of(assignment: UUID, viewer: UUID) -> AssignmentState:
    found = await queries.assignments_by_id(ids=[assignment], viewer_id=viewer)
    return found[assignment].state


async def decide(world: World, request: UUID, staff: UUID, *, agrees: bool) -> None:
    await operations.decide_rejection(
        staff_id=staff,
        request_id=request,
        is_acknowledged=agrees,
        text=REASON,
        new_id=world.new_id,
        now=world.now,
    )


async def ask_staff(world: World, employer: UUID, assignment: UUID) -> UUID:
    done = await operations.reject_assignment(
        employer_id=employer,
        assignment_id=assignment,
        rejection=REJECTED,
        asks_staff=True,
        new_id=world.new_id,
        now=world.now,
    )
    assert done.awaits_staff
    ids = await queries.rejection_requests_of_assignments(ids=[assignment], viewer_id=employer)
    return ids[assignment].id


async def reverse(world: World, employer: UUID, assignment: UUID) -> None:
    await operations.reverse_rejection(
        employer_id=employer,
        assignment_id=assignment,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )


async def test_the_fourth_of_four_needs_staff(world: World) -> None:
    """R7: three are allowed whatever was reviewed; what was reversed is none any more."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 4)
    works = [await submitted(world, worker, campaign) for _ in range(4)]
    for work in works[:3]:
        await reject(world, employer, work)

    with pytest.raises(operations.RejectionsUsedUp) as refusal:
        await reject(world, employer, works[3])
    assert (refusal.value.allowed, refusal.value.rejected) == (3, 3)
    assert await state_of(works[3], worker) is AssignmentState.SUBMITTED

    await reverse(world, employer, works[0])
    await reject(world, employer, works[3])


async def test_two_at_once_do_not_pass_the_limit_together(world: World) -> None:
    """R7: rejections of a campaign are counted one after the other."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 5)
    works = [await submitted(world, worker, campaign) for _ in range(5)]

    outcomes = await asyncio.gather(
        *(reject(world, employer, work) for work in works), return_exceptions=True
    )

    assert sum(outcome is None for outcome in outcomes) == 3
    assert sum(isinstance(each, operations.RejectionsUsedUp) for each in outcomes) == 2


async def test_while_staff_think_the_worker_is_paid_by_time(world: World) -> None:
    """R4, R7: asking staff stops no clock, and what is decided waits for nobody."""
    employer, staff = await rich_employer(world), await add_staff(world, Role.STAFF)
    request = await beyond_limit(world, employer)
    assert request in {each.id for each in await queries.rejection_queue(limit=500)}

    world.now += timedelta(days=3)
    await operations.approve_overdue(new_id=world.new_id, now=world.now)

    assert request not in {each.id for each in await queries.rejection_queue(limit=500)}
    with pytest.raises(InvalidTransition):
        await decide(world, request, staff, agrees=True)


@pytest.mark.parametrize("agrees", [True, False])
async def test_staff_agree_or_not_once(world: World, *, agrees: bool) -> None:
    """R7: one person's word per rejection; the employer cannot ask again."""
    employer, staff = await rich_employer(world), await add_staff(world, Role.STAFF)
    request = await beyond_limit(world, employer)
    found = await queries.rejection_requests_by_id(ids=[request], viewer_id=employer)
    assignment = found[request].assignment_id

    await decide(world, request, staff, agrees=agrees)

    target = AssignmentState.REJECTED if agrees else AssignmentState.SUBMITTED
    assert await state_of(assignment, employer) is target
    with pytest.raises(InvalidTransition):
        await decide(world, request, staff, agrees=True)
    with pytest.raises(InvalidTransition):
        await ask_staff(world, employer, assignment)


async def test_only_staff_agree_and_only_its_employer_sees_it(world: World) -> None:
    """P43: the worker is told when something is decided, and no stranger ever."""
    employer, stranger = await rich_employer(world), await rich_employer(world)
    request = await beyond_limit(world, employer)

    for person in (employer, stranger):
        with pytest.raises(NotAllowed):
            await decide(world, request, person, agrees=True)
        with pytest.raises(NotAllowed):
            await operations.waive_rejection_limits(
                staff_id=person, campaign_id=request, text=REASON, now=world.now
            )
    assert await queries.rejection_requests_by_id(ids=[request], viewer_id=stranger) == {}
    assert await queries.rejection_requests_by_id(ids=[request], viewer_id=None) == {}
    staff = await add_staff(world, Role.STAFF)
    with pytest.raises(NotFound):
        await decide(world, world.new_id(), staff, agrees=True)
    with pytest.raises(InvalidInput):
        await operations.waive_rejection_limits(
            staff_id=staff, campaign_id=request, text="because", now=world.now
        )


async def test_a_mass_rejection_is_contested_without_filing(world: World) -> None:
    """R8: the twentieth within a day opens disputes for all, and the employer has to answer.

    Here staff agreed to each beyond the third, so they count like others.
    """
    employer, staff = await rich_employer(world), await add_staff(world, Role.STAFF)
    worker, another = await add_worker(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 21)
    early = await submitted(world, another, campaign)
    await reject(world, employer, early)
    world.now += timedelta(days=1, seconds=1)
    for number in range(20):
        assert await _alarms(campaign) == 0
        work = await submitted(world, worker, campaign)
        if number < 2:
            await reject(world, employer, work)
        else:
            await decide(world, await ask_staff(world, employer, work), staff, agrees=True)
    assert await _alarms(campaign) == 1
    paused = (await campaigns.campaigns_by_id(ids=[campaign], viewer_id=employer, now=world.now))[
        campaign
    ]
    assert paused.state is CampaignState.PAUSED_SYSTEM
    assert paused.pause_reason is PauseReason.REJECTION_BREAKER

    since = world.now - timedelta(days=1)
    opened = await disputes.open_all_disputes(
        campaign_id=campaign, since=since, new_id=world.new_id, now=world.now
    )
    again = await disputes.open_all_disputes(
        campaign_id=campaign, since=since, new_id=world.new_id, now=world.now
    )

    assert (opened, again) == (20, 0)
    assert await state_of(early, another) is AssignmentState.REJECTED
    ids = [row["id"] for row in await fetch("select id from dispute where worker_id = $1", worker)]
    found = await dispute_queries.disputes_by_id(ids=ids, viewer_id=employer)
    assert {each.state for each in found.values()} == {DisputeState.AWAITING_ANSWER}
    steps = await dispute_queries.steps_of_disputes(ids=ids[:1])
    assert [(step.party, step.text) for step in steps[ids[0]]] == [(DisputeParty.CLOCK, None)]
    assert await dispute_queries.broken_records() == []
    assert await differences(checks=dispute_queries.CHECKS) == []


async def test_many_small_campaigns_are_one_mass_rejection(world: World) -> None:
    """R8: each of them stays within its own limit of three; their employer does not."""
    employer, worker = await rich_employer(world), await add_worker(world)
    offers = [await running(world, employer, places=[1] * 4) for _ in range(7)]
    works = [(offer, await submitted(world, worker, offer)) for offer in offers for _ in range(3)]
    stranger = await rich_employer(world)
    elsewhere = await running(world, stranger)
    await reject(world, stranger, await submitted(world, worker, elsewhere))

    for _, work in works[:19]:
        await reject(world, employer, work)
    assert [await _alarms(offer) for offer in offers] == [0] * 7
    await reject(world, employer, works[19][1])

    assert [await _alarms(offer) for offer in offers] == [1] * 7
    for offer in offers:
        opened = await disputes.open_all_disputes(
            campaign_id=offer,
            since=world.now - timedelta(days=1),
            new_id=world.new_id,
            now=world.now,
        )
        assert opened == (2 if offer == offers[-1] else 3)
    seen = await campaigns.campaigns_by_id(
        ids=[*offers, elsewhere], viewer_id=employer, now=world.now
    )
    assert {seen[each].pause_reason for each in offers} == {PauseReason.REJECTION_BREAKER}
    assert seen[elsewhere].state is CampaignState.RUNNING


async def test_a_campaign_that_is_freed_has_no_limits(world: World) -> None:
    """R7, R8: staff said why; saying it twice is no harm."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 20)
    await waive_limits(world, campaign)
    await waive_limits(world, campaign)

    for _ in range(20):
        await reject(world, employer, await submitted(world, worker, campaign))

    assert await _alarms(campaign) == 0


async def test_too_fast_needs_others_to_compare_with(world: World) -> None:
    """R10: with fewer than thirty others nobody knows what is fast."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 31)
    for number in range(30):
        assignment = await claim(world, worker, campaign)
        world.now += timedelta(seconds=50 + number)
        await submit(world, worker, assignment)
    assignment = await submitted(world, worker, campaign)
    slow = (await _all(campaign, employer))[0].id
    too_fast = Rejection(reason_code=ReasonCode.TOO_FAST, text=REASON)

    with pytest.raises(InvalidInput) as refusal:
        await _reject(world, employer, slow, too_fast)
    assert refusal.value.path == ("reason_code",)
    await _reject(world, employer, assignment, too_fast)

    few = await running(world, employer, places=[1])
    with pytest.raises(InvalidInput):
        await _reject(world, employer, await submitted(world, worker, few), too_fast)


@pytest.mark.parametrize(
    ("state", "decided_by"),
    [("rejected", "employer"), ("closed_rejected", "platform"), ("approved", "employer")],
)
async def test_rules_and_reads_agree_until_when(world: World, state: str, decided_by: str) -> None:
    """R11: the same in SQL, which most answers are read by."""
    known = [state, decided_by, world.now]
    column = REVERSIBLE_UNTIL.format(row="a")
    source = "(select $1::text as state, $2::text as decided_by, $3::timestamptz as decided_at) a"
    found = await fetch_value(f"select {column} from {source}", *known)  # ours

    assert found == reversible_until(
        is_rejected=state in ("rejected", "closed_rejected"),
        is_our_delay=decided_by == "platform",
        decided_at=world.now,
    )


async def test_a_final_rejection_is_reversed_for_thirty_days(world: World) -> None:
    """R11, E4r: the place is another's by now, so the employer pays from the balance."""
    employer, worker = await rich_employer(world, country="DE"), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    await reject(world, employer, assignment)
    rejected_at = world.now
    world.now += timedelta(days=7)
    await operations.close_rejections(new_id=world.new_id, now=world.now)
    other = await add_worker(world)
    await approve(world, employer, await submitted(world, other, campaign))
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer)

    world.now = rejected_at + timedelta(days=30, seconds=1)
    with pytest.raises(InvalidTransition):
        await reverse(world, employer, assignment)
    world.now -= timedelta(seconds=1)
    await reverse(world, employer, assignment)

    assert await state_of(assignment, worker) is AssignmentState.APPROVED
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000
    assert before - await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == 55_950
    assert await differences(checks=queries.CHECKS) == []
    with pytest.raises(InvalidTransition):
        await reverse(world, employer, assignment)


async def test_a_late_reversal_needs_a_balance(world: World) -> None:
    """R11: nobody is paid with money that is not there."""
    employer = await rich_employer(world, usd("0.055"), country="US")
    worker = await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    await reject(world, employer, assignment)
    world.now += timedelta(days=7)
    await operations.close_rejections(new_id=world.new_id, now=world.now)

    with pytest.raises(BalanceTooLow):
        await reverse(world, employer, assignment)

    assert await state_of(assignment, worker) is AssignmentState.CLOSED_REJECTED


async def test_a_reversal_after_the_end_of_a_campaign_is_billed(world: World) -> None:
    """R11: its fee invoice was asked for before, so another one is."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    await reject(world, employer, assignment)
    await tasks.stop_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )
    world.now += timedelta(days=7)
    await operations.close_rejections(new_id=world.new_id, now=world.now)
    await operations.advance_campaigns(new_id=world.new_id, now=world.now)

    await reverse(world, employer, assignment)

    asked = await fetch_value(
        "select count(*) from jobs.pgqueuer where dedupe_key = $1",
        f"fee_invoice_issue:assignment {assignment}",
    )
    assert asked == 1
    assert await differences(checks=queries.CHECKS) == []


async def _all(campaign: UUID, employer: UUID) -> list[queries.AssignmentRecord]:
    found = await queries.assignments_of_campaigns(
        campaign_ids=[campaign], employer_id=employer, page=Page(limit=100)
    )
    return sorted(found[campaign], key=lambda each: each.claimed_at)


async def _reject(world: World, employer: UUID, assignment: UUID, rejection: Rejection) -> None:
    await operations.reject_assignment(
        employer_id=employer,
        assignment_id=assignment,
        rejection=rejection,
        new_id=world.new_id,
        now=world.now,
    )


async def _alarms(campaign: UUID) -> int:
    return int(
        await fetch_value(
            "select count(*) from jobs.pgqueuer where entrypoint = 'dispute_open_all'"
            " and convert_from(payload, 'UTF8')::json ->> 'campaign_id' = $1",
            str(campaign),
        )
    )
