"""Refusing to pay, within limits that hold for every employer, and taking that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations.breaker import trip_if_massive
from domain.assignments.operations.review import Reviewed, lock_for_review, record_review
from domain.assignments.operations.settle import Locked, approve, approve_late
from domain.assignments.rules import (
    BREAKER_TIME,
    AssignmentEvent,
    AssignmentState,
    DecidedBy,
    Decision,
    ReasonCode,
    Rejection,
    ReviewCounts,
    is_too_fast,
    rejection_problem,
    reversible_until,
)
from domain.campaigns import queries as campaigns
from domain.campaigns.rules import failures_to_reject
from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.texts import passed_on


class RejectionsUsedUp(Refused):
    """The campaign may reject no more without staff (R7)."""

    code = "REJECTIONS_USED_UP"
    argument = "assignment_id"

    def __init__(self, *, allowed: int, rejected: int) -> None:
        super().__init__(f"{rejected} of {allowed} rejections are used up: ask staff")
        self.allowed = allowed
        self.rejected = rejected


class ChecksPassed(Refused):
    """The worker answered the questions of the instructions well enough (R10)."""

    code = "CHECKS_PASSED"
    argument = "reason_code"

    def __init__(self, *, failed: int, needed: int) -> None:
        super().__init__(f"{failed} answers are wrong, and it takes {needed} to reject for them")


@dataclass(frozen=True, slots=True)
class Rejected:
    """`awaits_staff`: nothing is rejected yet, and the review time goes on."""

    assignment_id: UUID
    awaits_staff: bool
    replayed: bool = False


_AWAITS: Final = "awaits staff"


@one_transaction
async def reject_assignment(
    *,
    employer_id: UUID,
    assignment_id: UUID,
    rejection: Rejection,
    asks_staff: bool = False,
    key: IdempotencyKey | None = None,
    new_id: NewId,
    now: datetime,
) -> Rejected:
    """Refuse to pay, with a reason. No money moves: the reward stays in the worker's pending
    account until the time to contest it is over. Without a `key` the state machine alone keeps
    it from happening twice.

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput`, `ChecksPassed` or, unless it
    `asks_staff`, `RejectionsUsedUp`.
    """
    earlier = None if key is None else await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Rejected(assignment_id, awaits_staff=earlier == _AWAITS, replayed=True)
    await _lock_campaign(assignment_id, employer_id)
    work = await lock_for_review(assignment_id, employer_id)
    work.require_in_time(AssignmentEvent.REJECT, now)
    await _check(work, rejection)
    counts = await review_counts(work.booking.campaign_id, now)
    if counts.is_used_up:
        if not asks_staff:
            raise RejectionsUsedUp(allowed=counts.allowed, rejected=counts.rejected)
        await _ask_staff(work, rejection, new_id(), now)
    else:
        await record_rejection(work, rejection, counts=counts, new_id=new_id, now=now)
    if key is not None:
        answer = _AWAITS if counts.is_used_up else str(assignment_id)
        await idempotency.answer(key=key, result=answer)
    return Rejected(assignment_id, awaits_staff=counts.is_used_up)


@one_transaction
async def reverse_rejection(
    *,
    employer_id: UUID,
    assignment_id: UUID,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Reviewed:
    """Take a rejection back and pay after all, for 30 days (R11): while its money is ring-fenced
    from there, later from the employer's balance (E4r).

    Refuses with `NotFound`, `InvalidTransition` or `BalanceTooLow`.
    """
    if await idempotency.claim(key=key, result=str(assignment_id), now=now) is not None:
        return Reviewed(assignment_id, replayed=True)
    work = await lock_for_review(assignment_id, employer_id)
    work.require(AssignmentEvent.REVERSE)
    await record_review(work, Decision.APPROVE, employer_id, new_id(), now)
    if work.state is AssignmentState.CLOSED_REJECTED:
        _require_reversible(work, now)
        await approve_late(
            work=work,
            decided_by=DecidedBy.EMPLOYER,
            actor_id=employer_id,
            new_id=new_id,
            now=now,
        )
    else:
        await approve(
            works=[work],
            decided_by=DecidedBy.EMPLOYER,
            actor_id=employer_id,
            new_id=new_id,
            now=now,
        )
    return Reviewed(assignment_id, replayed=False)


_MOVE: Final = """
    update assignment set state = 'rejected', decided_at = $2, decided_by = 'employer'
    where id = $1
"""


async def record_rejection(
    work: Locked, rejection: Rejection, *, counts: ReviewCounts, new_id: NewId, now: datetime
) -> None:
    """On locked rows. A mass rejection stops its campaign and opens disputes for the workers."""
    await record_review(
        work,
        Decision.REJECT,
        work.booking.employer_id,
        new_id(),
        now,
        text=passed_on(rejection.text),
        reason_code=rejection.reason_code.value,
        clause_id=rejection.clause_id,
    )
    await execute(_MOVE, work.id, now)
    await trip_if_massive(work, counts, now)


_LOCK_CAMPAIGN: Final = """
    select c.id from campaign c join assignment a on a.campaign_id = c.id
    where a.id = $1 and c.employer_id = $2 for no key update of c
"""


async def _lock_campaign(assignment_id: UUID, employer_id: UUID) -> None:
    """Before the assignment: its rejections are counted one after the other."""
    if await fetch_value(_LOCK_CAMPAIGN, assignment_id, employer_id) is None:
        raise NotFound("no such assignment")


_DECIDED: Final = """
    from assignment where campaign_id = $1
    and state in ('approved', 'partly_approved', 'rejected', 'disputed', 'closed_rejected')
"""
_COUNTS: Final = f"""
    select count(*) as reviewed, count(*) filter (where is_rejected) as rejected,
           count(*) filter (where is_rejected and decided_at > $2) as rejected_in_day,
           (select count(*) filter (where state in ('rejected', 'disputed', 'closed_rejected'))
            from (select state {_DECIDED} order by decided_at desc limit 49) latest)
               as rejected_of_last_49,
           exists (select from rejection_waiver where campaign_id = $1) as is_waived
    from (select decided_at,
                 state in ('rejected', 'disputed', 'closed_rejected') as is_rejected
          {_DECIDED}) decided
"""  # noqa: S608  # our own condition


async def review_counts(campaign_id: UUID, now: datetime) -> ReviewCounts:
    row = await fetch_row(_COUNTS, campaign_id, now - BREAKER_TIME)
    assert row is not None
    return ReviewCounts(**dict(row))


async def _check(work: Locked, rejection: Rejection) -> None:
    version = (work.booking.campaign_id, work.instruction_version)
    found = await campaigns.instructions_by_version(keys=[version])
    clause_ids = {clause.id for clause in found[version].clauses}
    problem = rejection_problem(rejection, clause_ids=clause_ids)
    if problem is not None:
        message, path = problem
        raise InvalidInput(message, path=path)
    if rejection.reason_code is ReasonCode.TOO_FAST and not await _was_too_fast(work):
        message = "it was not faster than what others took, or too few have done it"
        raise InvalidInput(message, path=("reason_code",))
    if rejection.reason_code is ReasonCode.FAILED_CHECKS:
        await _require_failed(work)


_FAILED: Final = """
    select s.failed_check_count, c.claim_minutes, c.estimated_seconds
    from submission s join assignment a on a.id = s.assignment_id
    join campaign c on c.id = a.campaign_id
    where s.assignment_id = $1 order by s.revision desc limit 1
"""


async def _require_failed(work: Locked) -> None:
    """Where nothing was asked, the checks are the employer's own and the worker may contest it."""
    row = await fetch_row(_FAILED, work.id)
    if row is None or row["failed_check_count"] is None:
        return
    needed = failures_to_reject(
        claim_minutes=row["claim_minutes"], estimated_seconds=row["estimated_seconds"]
    )
    if row["failed_check_count"] < needed:
        raise ChecksPassed(failed=row["failed_check_count"], needed=needed)


_TIMES: Final = """
    select a.id, extract(epoch from s.received_at - a.claimed_at)::float8 as seconds
    from (select id, claimed_at from assignment where campaign_id = $1 and submitted_at is not null
          order by claimed_at desc, id desc limit 1000) a
    join submission s on s.assignment_id = a.id and s.revision = 1
    union
    select a.id, extract(epoch from s.received_at - a.claimed_at)::float8
    from assignment a join submission s on s.assignment_id = a.id and s.revision = 1
    where a.id = $2
"""


async def _was_too_fast(work: Locked) -> bool:
    rows = await fetch(_TIMES, work.booking.campaign_id, work.id)
    (own,) = [row["seconds"] for row in rows if row["id"] == work.id]
    return is_too_fast(own, [row["seconds"] for row in rows if row["id"] != work.id])


_ASK_STAFF: Final = """
    insert into rejection_request
        (id, assignment_id, employer_id, state, reason_code, clause_id, text, asked_at)
    values ($1, $2, $3, 'waiting', $4, $5, $6, $7)
    on conflict (assignment_id) do nothing
"""


async def _ask_staff(work: Locked, rejection: Rejection, request_id: UUID, now: datetime) -> None:
    asked = await execute(
        _ASK_STAFF,
        request_id,
        work.id,
        work.booking.employer_id,
        rejection.reason_code.value,
        rejection.clause_id,
        passed_on(rejection.text),
        now,
    )
    if not asked:
        raise InvalidTransition(
            subject="the assignment", state="before staff already", event="ask staff"
        )


def _require_reversible(work: Locked, now: datetime) -> None:
    """After our own delay the worker was paid by us: nobody pays it again."""
    until = reversible_until(
        is_rejected=True,
        is_our_delay=work.decided_by is DecidedBy.PLATFORM,
        decided_at=work.decided_at,
    )
    if until is None or until < now:
        raise InvalidTransition(
            subject="the assignment", state="past its time to be reversed", event="reverse"
        )
