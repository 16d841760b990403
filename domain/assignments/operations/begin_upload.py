"""Room for a file that a worker is about to hand in."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access.operations.limits import take
from domain.access.rules import Limit
from domain.assignments.operations.settle import lock_assignment
from domain.assignments.operations.submit import DeadlinePassed, own
from domain.assignments.rules import AssignmentEvent
from domain.database import one_transaction
from domain.given import NewId
from domain.uploads import operations as uploads
from domain.uploads.rules import Wanted

AT_ONCE_MAX: Final = 60


async def begin_upload(
    *, worker_id: UUID, assignment_id: UUID, wanted: Wanted, new_id: NewId, now: datetime
) -> UUID:
    """For a claim that may still be handed in, and for nothing else.

    Refuses with `NotFound`, `InvalidTransition`, `DeadlinePassed`, `InvalidInput`,
    `UploadsUsedUp` or `TooManyAttempts`.
    """
    await take((Limit(f"upload:{worker_id.hex}", capacity=AT_ONCE_MAX, per_second=1 / 5),))
    return await _begin(
        worker_id=worker_id, assignment_id=assignment_id, wanted=wanted, new_id=new_id, now=now
    )


@one_transaction
async def _begin(
    *, worker_id: UUID, assignment_id: UUID, wanted: Wanted, new_id: NewId, now: datetime
) -> UUID:
    work = own(await lock_assignment(assignment_id=assignment_id), worker_id)
    work.require(AssignmentEvent.SUBMIT)
    if now > work.deadline_at:
        raise DeadlinePassed(work.deadline_at)
    return await uploads.ask_upload(
        owner_id=worker_id, subject_id=assignment_id, wanted=wanted, new_id=new_id, now=now
    )
