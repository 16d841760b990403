"""What all steps share: a locked suspension, and what it does to the member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch_row, fetch_value
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.members import operations as members
from domain.members.rules import BOUND_STATES, MemberState
from domain.suspensions.rules import (
    SuspensionEvent,
    SuspensionState,
    Work,
    appeal_until,
    next_state,
    work_problem,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A suspension whose row is ours until the transaction ends."""

    id: UUID
    member_id: UUID
    state: SuspensionState
    member_state: MemberState  # before the proposal
    proposed_at: datetime
    proposed_by: UUID | None
    decided_by: UUID | None
    appeal_until: datetime | None  # None until it is imposed
    ended_at: datetime | None

    def require(self, event: SuspensionEvent) -> SuspensionState:
        """The state after the event, or `InvalidTransition`."""
        target = next_state(self.state, event)
        if target is None:
            raise InvalidTransition(subject="the suspension", state=self.state, event=event)
        return target

    def require_in_time(self, now: datetime) -> None:
        """Refuses with `InvalidTransition` once the time to appeal is over."""
        if self.appeal_until is None or now >= self.appeal_until:
            event = SuspensionEvent.APPEAL
            raise InvalidTransition(subject="the suspension", state=self.state, event=event)

    def require_other(self, staff_id: UUID, *involved: UUID | None) -> None:
        """Refuses with `NotAllowed`: neither about oneself, nor about one's own decision."""
        if staff_id == self.member_id or staff_id in involved:
            raise NotAllowed("somebody else decides this")


COLUMNS: Final = """
    s.id, s.member_id, s.state, s.member_state, s.proposed_at, s.proposed_by, s.ended_at,
    d.decided_by, d.decided_at, d.ends_at
"""
SOURCE: Final = "suspension s left join suspension_decision d on d.suspension_id = s.id"
_LOCK: Final = f"select {COLUMNS} from {SOURCE} where s.id = $1 for update of s"  # noqa: S608  # our own column list


async def lock_suspension(suspension_id: UUID) -> Locked:
    row = await fetch_row(_LOCK, suspension_id)
    if row is None:
        raise NotFound("no such suspension")
    return locked(row)


def locked(row: Mapping[str, Any]) -> Locked:
    return Locked(
        id=row["id"],
        member_id=row["member_id"],
        state=SuspensionState(row["state"]),
        member_state=MemberState(row["member_state"]),
        proposed_at=row["proposed_at"],
        proposed_by=row["proposed_by"],
        decided_by=row["decided_by"],
        appeal_until=None
        if row["decided_at"] is None
        else appeal_until(imposed_at=row["decided_at"], ends_at=row["ends_at"]),
        ended_at=row["ended_at"],
    )


async def free(suspension: Locked, *, now: datetime) -> None:
    """The member is as before. Who was closed or frozen meanwhile stays so."""
    await members.move_member(
        member_id=suspension.member_id, sources=BOUND_STATES, to=suspension.member_state
    )
    await execute("update suspension set ended_at = $2 where id = $1", suspension.id, now)


_FOREIGN: Final = """
    select count(*) from (
        select from unnest($2::uuid[]) as given (id)
        where not exists (select from assignment a join campaign c on c.id = a.campaign_id
                          where a.id = given.id and $1 in (a.worker_id, c.employer_id))
        union all
        select from unnest($3::uuid[]) as given (id)
        where not exists (select from campaign c where c.id = given.id and c.employer_id = $1)
    ) foreign_work
"""


async def require_own_work(member_id: UUID, work: Work) -> None:
    """Refuses with `InvalidInput`: what it is about was done or offered by the member."""
    problem = work_problem(work)
    if problem is not None:
        raise InvalidInput(problem, path=("assignment_ids",))
    named = list(work.assignment_ids), list(work.campaign_ids)
    if await fetch_value(_FOREIGN, member_id, *named):
        raise InvalidInput("this is no work of the member", path=("assignment_ids",))
