"""What people make of a case: only they do anything about a member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.database import execute, fetch_row, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.given import NewId
from domain.members.queries import require_role
from domain.members.rules import Role
from domain.risk.rules import (
    Allowance,
    RiskEvent,
    RiskMeasure,
    RiskState,
    allowance_problem,
    next_state,
)
from domain.suspensions import operations as suspensions
from domain.suspensions.rules import Work
from domain.texts import require_grounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A case whose row is ours until the transaction ends."""

    id: UUID
    member_id: UUID
    state: RiskState
    taken_by: UUID | None

    def require(self, event: RiskEvent) -> RiskState:
        """The state after the event, or `InvalidTransition`."""
        target = next_state(self.state, event)
        if target is None:
            raise InvalidTransition(subject="the case", state=self.state, event=event)
        return target

    def require_taken_by(self, staff_id: UUID) -> None:
        """Refuses with `NotAllowed`: whoever decides has looked."""
        if self.taken_by != staff_id:
            raise NotAllowed("take the case first")


_LOCK: Final = """
    select c.id, c.member_id, c.state, c.taken_by
    from member m join risk_case c on c.member_id = m.id
    where m.id = $1 and c.decided_at is null for update
"""
_TAKE: Final = "update risk_case set state = $2, taken_at = $3, taken_by = $4 where id = $1"
_DECIDE: Final = """
    update risk_case set state = $2, decided_at = $3, decided_by = $4, decision = $5,
           measure = $6, suspension_id = $7
    where id = $1
"""


@one_transaction
async def take_case(*, staff_id: UUID, member_id: UUID, now: datetime) -> None:
    """One person looks; somebody else may take it over.

    Refuses with `NotAllowed`, `NotFound` or `InvalidTransition`.
    """
    case = await _lock(staff_id, member_id)
    target = case.require(RiskEvent.TAKE)
    await execute(_TAKE, case.id, target.value, now, staff_id)


@one_transaction
async def clear_case(*, staff_id: UUID, member_id: UUID, text: str, now: datetime) -> None:
    """There is nothing to it. What was found then makes nobody look again.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    require_grounds(text)
    case = await _lock(staff_id, member_id)
    target = case.require(RiskEvent.CLEAR)
    case.require_taken_by(staff_id)
    await execute(_DECIDE, case.id, target.value, now, staff_id, text.strip(), None, None)


@one_transaction
async def act_on_case(
    *,
    staff_id: UUID,
    member_id: UUID,
    text: str,
    measure: Allowance | Work,
    new_id: NewId,
    now: datetime,
) -> None:
    """Fewer claims a day until a date, or the proposal of a suspension for some work, which
    another person decides. The member reads the text.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`, also for whom a
    suspension is proposed already.
    """
    require_grounds(text)
    case = await _lock(staff_id, member_id)
    target = case.require(RiskEvent.ACT)
    case.require_taken_by(staff_id)
    if isinstance(measure, Allowance):
        await _limit_claims(case, measure, staff_id=staff_id, text=text, now=now)
        done, suspension_id = RiskMeasure.CLAIM_ALLOWANCE, None
    else:
        done = RiskMeasure.SUSPENSION_PROPOSAL
        suspension_id = await suspensions.begin_proposal(
            staff_id=staff_id,
            member_id=member_id,
            text=text,
            work=measure,
            new_id=new_id,
            now=now,
        )
    await execute(
        _DECIDE, case.id, target.value, now, staff_id, text.strip(), done.value, suspension_id
    )


async def _limit_claims(
    case: Locked, allowance: Allowance, *, staff_id: UUID, text: str, now: datetime
) -> None:
    problem = allowance_problem(allowance, now=now)
    if problem is not None:
        raise InvalidInput(problem, path=("claim_allowance",))
    await assignments.limit_claims(
        member_id=case.member_id,
        claims_per_day=allowance.claims_per_day,
        reasons=text.strip(),
        ends_at=allowance.ends_at,
        staff_id=staff_id,
        now=now,
    )


async def _lock(staff_id: UUID, member_id: UUID) -> Locked:
    await require_role(member_id=staff_id, role=Role.STAFF)
    if staff_id == member_id:
        raise NotAllowed("nobody decides about themselves")
    row = await fetch_row(_LOCK, member_id)
    if row is None:
        raise NotFound("no such case")
    return Locked(
        id=row["id"],
        member_id=row["member_id"],
        state=RiskState(row["state"]),
        taken_by=row["taken_by"],
    )
