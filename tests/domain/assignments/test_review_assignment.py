"""Hand in, approve, reject, revise: the reward is the worker's or nobody's, never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from domain.assignments import operations, queries
from domain.assignments.rules import (
    AssignmentEvent,
    AssignmentState,
    DecidedBy,
    ReasonCode,
    Rejection,
    SubmissionItem,
    available_events,
)
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.idempotency.operations import IdempotencyMismatch
from domain.ledger.rules import AccountKind
from tests.make.campaigns import (
    REASON,
    approve,
    balance,
    claim,
    reject,
    rich_employer,
    running,
    submit,
    submitted,
    usd,
)
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_handing_in_moves_the_reward_to_the_workers_own_pending_account(
    world: World,
) -> None:
    """E3: from here no employer can spend it elsewhere."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])

    await submitted(world, worker, campaign)

    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 0
    assert await balance(AccountKind.WORKER_PENDING, worker) == 50_000


async def test_an_approval_pays_worker_platform_and_tax(world: World) -> None:
    """E4 with the figures of the worked example."""
    employer, worker = await rich_employer(world, country="DE"), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    income_before = await balance(AccountKind.INCOME_FEES, None)
    vat_before = await balance(AccountKind.TAX_VAT_ACCRUED, None)

    await approve(world, employer, await submitted(world, worker, campaign))

    assert await balance(AccountKind.WORKER_PENDING, worker) == 0
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000
    assert await balance(AccountKind.CAMPAIGN_FEES, campaign) == 0
    assert await balance(AccountKind.INCOME_FEES, None) - income_before == 5_000
    assert await balance(AccountKind.TAX_VAT_ACCRUED, None) - vat_before == 950


async def test_twenty_approvals_at_once_pay_once(world: World) -> None:
    """Different keys, so only the state machine stands between the worker and twenty rewards."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)

    outcomes = await asyncio.gather(
        *(approve(world, employer, assignment) for _ in range(20)), return_exceptions=True
    )

    assert sum(isinstance(outcome, operations.Reviewed) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvalidTransition) for outcome in outcomes) == 19
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000


async def test_a_key_answers_again_and_refuses_another_wish(world: World) -> None:
    """Same key and input: the first answer. Same key, other input: a typed refusal."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1, 1])
    first = await submitted(world, worker, campaign)
    second = await submitted(world, worker, campaign)

    async def decide(assignment_id: UUID, body: bytes) -> operations.Reviewed:
        return await operations.approve_assignment(
            employer_id=employer,
            assignment_id=assignment_id,
            key=world.key(employer, text="once", body=body),
            new_id=world.new_id,
            now=world.now,
        )

    assert not (await decide(first, b"first")).replayed
    assert (await decide(first, b"first")).replayed
    with pytest.raises(IdempotencyMismatch):
        await decide(second, b"second")
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000


async def test_a_rejection_keeps_the_reward_ring_fenced_for_seven_days(world: World) -> None:
    """Then the place opens again and its money is back in escrow (E5)."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)

    await reject(world, employer, assignment)
    await operations.close_rejections(
        new_id=world.new_id, now=world.now + timedelta(days=7, seconds=-1)
    )
    assert await balance(AccountKind.WORKER_PENDING, worker) == 50_000
    await operations.close_rejections(new_id=world.new_id, now=world.now + timedelta(days=7))

    record = (await queries.assignments_by_id(ids=[assignment], viewer_id=worker))[assignment]
    assert record.state is AssignmentState.CLOSED_REJECTED
    assert await balance(AccountKind.WORKER_PENDING, worker) == 0
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 50_000
    another = await claim(world, await add_worker(world), campaign)
    assert another != assignment


async def test_a_rejection_can_be_taken_back_while_the_money_is_there(world: World) -> None:
    """R11: the worker is paid after all, once."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    await reject(world, employer, assignment)

    await operations.reverse_rejection(
        employer_id=employer,
        assignment_id=assignment,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )

    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000
    with pytest.raises(InvalidTransition):
        await reject(world, employer, assignment)


@pytest.mark.parametrize(
    ("rejection", "path"),
    [
        (Rejection(reason_code=ReasonCode.SPAM, text="no"), ("text",)),
        (Rejection(reason_code=ReasonCode.NOT_PER_INSTRUCTION, text="x" * 20), ("clause_id",)),
        (
            Rejection(reason_code=ReasonCode.SPAM, text="x" * 20, clause_id="nowhere"),
            ("clause_id",),
        ),
    ],
)
async def test_a_rejection_needs_code_text_and_clause(
    world: World, rejection: Rejection, path: tuple[str, ...]
) -> None:
    """R10: a worker must be able to learn from it and to contest it."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)

    with pytest.raises(InvalidInput) as refusal:
        await operations.reject_assignment(
            employer_id=employer,
            assignment_id=assignment,
            rejection=rejection,
            new_id=world.new_id,
            now=world.now,
        )

    assert refusal.value.path == path


async def test_nobody_decides_in_time_so_the_worker_is_paid(world: World) -> None:
    """R4: the review time is a promise."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)

    await operations.approve_overdue(
        new_id=world.new_id, now=world.now + timedelta(days=3, seconds=-1)
    )
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 0
    await operations.approve_overdue(new_id=world.new_id, now=world.now + timedelta(days=3))

    record = (await queries.assignments_by_id(ids=[assignment], viewer_id=worker))[assignment]
    assert (record.state, record.decided_by) == (AssignmentState.APPROVED, DecidedBy.TIME)
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000


async def test_a_revision_pauses_the_clock_once_and_is_asked_twice_at_most(world: World) -> None:
    """R6."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    start = world.now
    first_due = (await _record(assignment, worker)).approves_at
    assert first_due == start + timedelta(days=3)

    for expected in (first_due + timedelta(hours=5), first_due + timedelta(hours=5)):
        await operations.ask_revision(
            employer_id=employer,
            assignment_id=assignment,
            text="Please look again.",
            new_id=world.new_id,
            now=world.now,
        )
        world.now += timedelta(hours=5)
        await submit(world, worker, assignment, text="0")
        assert (await _record(assignment, worker)).approves_at == expected

    with pytest.raises(InvalidTransition):
        await operations.ask_revision(
            employer_id=employer,
            assignment_id=assignment,
            text="And again.",
            new_id=world.new_id,
            now=world.now,
        )
    revisions = (await queries.submissions_of(assignment_ids=[assignment]))[assignment]
    assert [submission.revision for submission in revisions] == [1, 2, 3]
    assert await balance(AccountKind.WORKER_PENDING, worker) == 50_000


async def test_a_revision_nobody_delivers_goes_back_to_the_decision(world: World) -> None:
    """The last submission counts; nothing is lost to silence."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    await operations.ask_revision(
        employer_id=employer,
        assignment_id=assignment,
        text="Please look again.",
        new_id=world.new_id,
        now=world.now,
    )

    await operations.lapse_revisions(now=world.now + timedelta(hours=24, seconds=1))

    record = await _record(assignment, worker)
    assert record.state is AssignmentState.SUBMITTED
    assert record.approves_at == world.now + timedelta(days=4)


@pytest.mark.parametrize("is_delivered", [True, False])
async def test_after_a_late_revision_a_day_is_left_to_decide(
    world: World, *, is_delivered: bool
) -> None:
    """R6: the second one does not stop the clock, but nobody's work is approved unseen for it."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    ask = partial(
        operations.ask_revision,
        employer_id=employer,
        assignment_id=assignment,
        text="Please look again.",
        new_id=world.new_id,
    )
    await ask(now=world.now)
    await submit(world, worker, assignment, text="0")
    world.now += timedelta(days=3, hours=-1)
    await ask(now=world.now)

    if is_delivered:
        world.now += timedelta(hours=2)
        await submit(world, worker, assignment, text="1")
    else:
        world.now += timedelta(hours=24, seconds=1)
        await operations.lapse_revisions(now=world.now)

    record = await _record(assignment, worker)
    assert record.state is AssignmentState.SUBMITTED
    assert record.approves_at == world.now + timedelta(hours=24)


async def test_withdrawing_gives_reward_and_place_back(world: World) -> None:
    """E5, and the place is free for another."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    await operations.ask_revision(
        employer_id=employer,
        assignment_id=assignment,
        text="Please look again.",
        new_id=world.new_id,
        now=world.now,
    )

    await operations.withdraw_assignment(
        worker_id=worker, assignment_id=assignment, new_id=world.new_id, now=world.now
    )

    assert await balance(AccountKind.WORKER_PENDING, worker) == 0
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 50_000
    await claim(world, worker, campaign)


async def test_late_work_is_refused_and_the_place_given_back(world: World) -> None:
    """A deadline is a deadline, to the second."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await claim(world, worker, campaign)
    world.now += timedelta(minutes=15, seconds=1)

    with pytest.raises(operations.DeadlinePassed):
        await submit(world, worker, assignment)
    await operations.expire_assignments(new_id=world.new_id, now=world.now)

    assert (await _record(assignment, worker)).state is AssignmentState.EXPIRED
    await claim(world, worker, campaign)


async def test_strangers_neither_see_nor_change_an_assignment(world: World) -> None:
    """Hidden and absent look alike."""
    employer, worker = await rich_employer(world), await add_worker(world)
    stranger = await rich_employer(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)

    with pytest.raises(NotFound):
        await approve(world, stranger, assignment)
    with pytest.raises(NotFound):
        await submit(world, stranger, assignment)
    assert await queries.assignments_by_id(ids=[assignment], viewer_id=stranger) == {}


@pytest.mark.parametrize(
    "items",
    [
        [],
        [SubmissionItem(text=" ")],
        [SubmissionItem(text="\0")],
        [SubmissionItem(score=1_000_001)],
        [SubmissionItem(text="x" * 20_001)],
        [SubmissionItem(text="x")] * 51,
    ],
)
async def test_what_cannot_be_judged_is_not_taken(
    world: World, items: list[SubmissionItem]
) -> None:
    """Empty, huge and broken input is refused before anything changes."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await claim(world, worker, campaign)

    with pytest.raises(InvalidInput):
        await operations.submit_assignment(
            worker_id=worker,
            assignment_id=assignment,
            items=items,
            new_id=world.new_id,
            now=world.now,
        )

    assert (await _record(assignment, worker)).state is AssignmentState.CLAIMED


async def test_the_money_of_a_finished_campaign_is_all_explained(world: World) -> None:
    """Paid in = earned + fees + back at the employer, to the micro."""
    employer, worker = await rich_employer(world, usd("1"), country="US"), await add_worker(world)
    campaign = await running(world, employer, places=[1, 1])
    await approve(world, employer, await submitted(world, worker, campaign))
    await reject(world, employer, await submitted(world, worker, campaign))
    later = world.now + timedelta(days=8)

    await operations.advance_campaigns(new_id=world.new_id, now=world.now)
    await operations.close_rejections(new_id=world.new_id, now=later)
    await operations.advance_campaigns(new_id=world.new_id, now=later)

    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign) == 50_000
    assert await balance(AccountKind.CAMPAIGN_FEES, campaign) == 5_000
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == 1_000_000 - 110_000
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000


async def _record(assignment_id: UUID, viewer_id: UUID) -> queries.AssignmentRecord:
    found = await queries.assignments_by_id(ids=[assignment_id], viewer_id=viewer_id)
    return found[assignment_id]


async def test_after_the_review_time_nobody_rejects_what_the_clock_owes(world: World) -> None:
    """R4: the worker was promised the reward by then; a sweep that is late takes nothing away."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    assignment = await submitted(world, worker, campaign)
    late = world.now + timedelta(days=3)

    for refused in (
        operations.reject_assignment(
            employer_id=employer,
            assignment_id=assignment,
            rejection=Rejection(reason_code=ReasonCode.SPAM, text=REASON),
            new_id=world.new_id,
            now=late,
        ),
        operations.ask_revision(
            employer_id=employer,
            assignment_id=assignment,
            text="again, please",
            new_id=world.new_id,
            now=late,
        ),
    ):
        with pytest.raises(InvalidTransition, match="past its review time"):
            await refused

    assert available_events(AssignmentState.SUBMITTED, for_worker=False, is_due=True) == (
        AssignmentEvent.APPROVE,
    )
    await operations.approve_overdue(new_id=world.new_id, now=late)
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 50_000
