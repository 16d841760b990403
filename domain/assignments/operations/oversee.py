"""What staff decide about rejections: beyond the limit each needs a person's word (R7)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations.reject import record_rejection, review_counts
from domain.assignments.operations.settle import lock_assignment
from domain.assignments.rules import AssignmentEvent, ReasonCode, Rejection, RequestState
from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidTransition, NotAllowed, NotFound
from domain.given import NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.texts import require_grounds

_FIND: Final = """
    select r.*, c.id as campaign_id
    from rejection_request r join assignment a on a.id = r.assignment_id
    join campaign c on c.id = a.campaign_id where r.id = $1 for no key update of c
"""
_DECIDE: Final = """
    update rejection_request set state = $2, decided_by = $3, decided_at = $4, answer = $5
    where id = $1 and state = 'waiting'
"""


@one_transaction
async def decide_rejection(
    *,
    staff_id: UUID,
    request_id: UUID,
    is_acknowledged: bool,
    text: str,
    new_id: NewId,
    now: datetime,
) -> None:
    """Let a rejection beyond the limit be, or not; then the review time goes on as before.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    require_grounds(text)
    request = await fetch_row(_FIND, request_id)
    if request is None:
        raise NotFound("no such request")
    work = await lock_assignment(assignment_id=request["assignment_id"])
    assert work is not None
    if staff_id in {work.booking.employer_id, work.booking.worker_id}:
        raise NotAllowed("nobody decides about their own work")
    state = RequestState.ACKNOWLEDGED if is_acknowledged else RequestState.DECLINED
    if not await execute(_DECIDE, request_id, state.value, staff_id, now, text.strip()):
        raise InvalidTransition(subject="the request", state=request["state"], event="decide")
    if is_acknowledged:
        work.require_in_time(AssignmentEvent.REJECT, now)
        rejection = Rejection(
            reason_code=ReasonCode(request["reason_code"]),
            text=request["text"],
            clause_id=request["clause_id"],
        )
        counts = await review_counts(work.booking.campaign_id, now)
        await record_rejection(work, rejection, counts=counts, new_id=new_id, now=now)


_WAIVE: Final = """
    insert into rejection_waiver (campaign_id, staff_id, text, given_at)
    select id, $2, $3, $4 from campaign where id = $1
    on conflict (campaign_id) do nothing
"""


@one_transaction
async def waive_rejection_limits(
    *, staff_id: UUID, campaign_id: UUID, text: str, now: datetime
) -> None:
    """Free one campaign of both limits (R7, R8), and say why: a pilot, answers known before.

    Saying it twice is no harm. Refuses with `NotAllowed`, `InvalidInput` or `NotFound`.
    """
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    require_grounds(text)
    employer_id = await fetch_value("select employer_id from campaign where id = $1", campaign_id)
    if employer_id is None:
        raise NotFound("no such campaign")
    if employer_id == staff_id:
        raise NotAllowed("nobody decides about their own campaign")
    await execute(_WAIVE, campaign_id, staff_id, text.strip(), now)
