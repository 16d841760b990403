"""The employer's decisions on what was handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations.settle import Locked, approve, lock_assignment
from domain.assignments.rules import (
    REVISION_TIME,
    AssignmentEvent,
    DecidedBy,
    Decision,
)
from domain.database import execute, one_transaction
from domain.errors import InvalidTransition, NotFound
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.texts import passed_on, require_text

COMMENT_LENGTH_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class Reviewed:
    assignment_id: UUID
    replayed: bool


@one_transaction
async def approve_assignment(
    *,
    employer_id: UUID,
    assignment_id: UUID,
    comment: str | None = None,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Reviewed:
    """Pay for the work (E4). Refuses with `NotFound`, `InvalidTransition` or `InvalidInput`."""
    if await idempotency.claim(key=key, result=str(assignment_id), now=now) is not None:
        return Reviewed(assignment_id, replayed=True)
    if comment is not None:
        require_text(comment, path="comment", least=0, most=COMMENT_LENGTH_MAX)
    work = await lock_for_review(assignment_id, employer_id)
    work.require(AssignmentEvent.APPROVE)
    await record_review(
        work, Decision.APPROVE, employer_id, new_id(), now, text=passed_on(comment or "") or None
    )
    await approve(
        works=[work], decided_by=DecidedBy.EMPLOYER, actor_id=employer_id, new_id=new_id, now=now
    )
    return Reviewed(assignment_id, replayed=False)


@one_transaction
async def ask_revision(
    *, employer_id: UUID, assignment_id: UUID, text: str, new_id: NewId, now: datetime
) -> None:
    """Ask for a better version within 24 hours; at most as often as the campaign allows.

    Refuses with `NotFound`, `InvalidTransition` or `InvalidInput`.
    """
    work = await lock_for_review(assignment_id, employer_id)
    target = work.require_in_time(AssignmentEvent.ASK_REVISION, now)
    if work.revision_count >= work.revision_count_max:
        raise InvalidTransition(
            subject="the assignment", state="past its last revision", event="ask_revision"
        )
    require_text(text, path="text", most=COMMENT_LENGTH_MAX)
    await record_review(
        work, Decision.ASK_REVISION, employer_id, new_id(), now, text=passed_on(text)
    )
    await execute(
        "update assignment set state = $2, deadline_at = $3, revision_count = revision_count + 1"
        " where id = $1",
        assignment_id,
        target.value,
        now + REVISION_TIME,
    )


async def lock_for_review(assignment_id: UUID, employer_id: UUID) -> Locked:
    work = await lock_assignment(assignment_id=assignment_id)
    if work is None or work.booking.employer_id != employer_id:
        raise NotFound("no such assignment")
    return work


_RECORD: Final = """
    insert into review (id, assignment_id, revision, decision, reason_code, clause_id, text,
                        reviewer_id, decided_at)
    select $1, $2, max(revision), $3, $4, $5, $6, $7, $8 from submission where assignment_id = $2
"""


async def record_review(
    work: Locked,
    decision: Decision,
    reviewer_id: UUID,
    review_id: UUID,
    now: datetime,
    *,
    text: str | None = None,
    reason_code: str | None = None,
    clause_id: str | None = None,
) -> None:
    await execute(
        _RECORD,
        review_id,
        work.id,
        decision.value,
        reason_code,
        clause_id,
        text,
        reviewer_id,
        now,
    )
