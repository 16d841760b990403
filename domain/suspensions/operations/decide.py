"""What a person makes of a proposal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.errors import InvalidInput
from domain.members import operations as members
from domain.members.queries import require_role
from domain.members.rules import MemberState, Role
from domain.suspensions.operations.steps import free, lock_suspension, require_own_work
from domain.suspensions.rules import SuspensionEvent, Work, days_problem, end_problem
from domain.texts import require_grounds

_DECIDE: Final = """
    insert into suspension_decision (suspension_id, decided_by, decided_at, reasons,
                                     assignment_ids, campaign_ids, from_on, to_on, ends_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_DISMISS: Final = """
    update suspension set state = $2, dismissed_at = $3, dismissed_by = $4, dismissal = $5,
                          ended_at = $3
    where id = $1
"""


@one_transaction
async def impose_suspension(
    *,
    staff_id: UUID,
    suspension_id: UUID,
    text: str,
    work: Work,
    from_on: date,
    to_on: date,
    ends_at: datetime,
    now: datetime,
) -> None:
    """A person who did not propose it gives the reasons, the work, its days and the end.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    require_grounds(text)
    problem = days_problem(from_on=from_on, to_on=to_on, today=now.date())
    if problem is not None:
        raise InvalidInput(problem, path=("from_on",))
    problem = end_problem(ends_at=ends_at, now=now)
    if problem is not None:
        raise InvalidInput(problem, path=("ends_at",))
    suspension = await lock_suspension(suspension_id)
    suspension.require_other(staff_id, suspension.proposed_by)
    target = suspension.require(SuspensionEvent.IMPOSE)
    await require_own_work(suspension.member_id, work)
    await execute(
        _DECIDE,
        suspension_id,
        staff_id,
        now,
        text.strip(),
        list(work.assignment_ids),
        list(work.campaign_ids),
        from_on,
        to_on,
        ends_at,
    )
    await execute("update suspension set state = $2 where id = $1", suspension_id, target.value)
    await members.move_member(
        member_id=suspension.member_id,
        sources={MemberState.RESTRICTED},
        to=MemberState.SUSPENDED,
    )


@one_transaction
async def dismiss_suspension(
    *, staff_id: UUID, suspension_id: UUID, text: str, now: datetime
) -> None:
    """The member is as free as before, and reads why.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    require_grounds(text)
    suspension = await lock_suspension(suspension_id)
    suspension.require_other(staff_id)
    target = suspension.require(SuspensionEvent.DISMISS)
    await execute(_DISMISS, suspension_id, target.value, now, staff_id, text.strip())
    await free(suspension, now=now)
