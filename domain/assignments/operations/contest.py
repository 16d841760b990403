"""What a dispute does to the assignment it is about; called in the dispute's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations.settle import (
    Locked,
    approve,
    approve_partly,
    give_up_places,
    lock_assignment,
)
from domain.assignments.rules import AssignmentEvent, DecidedBy
from domain.assignments.rules.states import DISPUTE_TIME
from domain.database import execute, fetch, in_transaction
from domain.errors import InvalidTransition, NotFound
from domain.given import NewId


async def contest(*, assignment_id: UUID, worker_id: UUID, now: datetime) -> Locked:
    """The worker does not accept a rejection of the last seven days.

    Refuses with `NotFound` or `InvalidTransition`.
    """
    assert in_transaction()
    work = await lock_assignment(assignment_id=assignment_id)
    if work is None or work.booking.worker_id != worker_id:
        raise NotFound("no such assignment")
    target = work.require(AssignmentEvent.DISPUTE)
    moved = await execute(
        "update assignment set state = $2 where id = $1 and decided_at >= $3",
        assignment_id,
        target.value,
        now - DISPUTE_TIME,
    )
    if not moved:
        raise InvalidTransition(
            subject="the assignment", state="past its time to be contested", event="dispute"
        )
    return work


_CONTEST_ALL: Final = """
    update assignment a set state = 'disputed' from campaign c
    where c.id = a.campaign_id and a.id in (
        select id from assignment where campaign_id = $1 and state = 'rejected'
        and decided_at >= $2 order by id limit $3 for update skip locked)
    returning a.id, a.worker_id, c.employer_id
"""


@dataclass(frozen=True, slots=True)
class Contested:
    assignment_id: UUID
    worker_id: UUID
    employer_id: UUID


async def contest_all(*, campaign_id: UUID, since: datetime, count_max: int) -> list[Contested]:
    """A mass rejection: its workers need not contest it one by one (R8)."""
    assert in_transaction()
    rows = await fetch(_CONTEST_ALL, campaign_id, since, count_max)
    return [Contested(row["id"], row["worker_id"], row["employer_id"]) for row in rows]


async def settle_contested(
    *,
    assignment_id: UUID,
    is_for_worker: bool,
    is_our_delay: bool = False,
    percent: int | None = None,
    actor_id: UUID | None,
    new_id: NewId,
    now: datetime,
) -> Locked:
    """The money of a dispute that is final: E4 for the worker, E5, or E4p with a `percent`."""
    assert in_transaction()
    work = await lock_assignment(assignment_id=assignment_id)
    assert work is not None
    if percent is not None:
        work.require(AssignmentEvent.RULE_SPLIT)
        await approve_partly(work=work, percent=percent, actor_id=actor_id, new_id=new_id, now=now)
    elif is_for_worker:
        work.require(AssignmentEvent.RULE_FOR_WORKER)
        await approve(
            works=[work], decided_by=DecidedBy.RULING, actor_id=actor_id, new_id=new_id, now=now
        )
    else:
        target = work.require(AssignmentEvent.RULE_AGAINST_WORKER)
        await give_up_places(
            works=[work],
            target=target,
            actor_id=actor_id,
            decided_by=DecidedBy.PLATFORM if is_our_delay else None,
            new_id=new_id,
            now=now,
        )
    return work
