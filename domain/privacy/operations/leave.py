"""Somebody leaves, or has to: nobody signs in any more, and an erasure is planned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import fetch, fetch_value, in_transaction, one_transaction
from domain.errors import NotAllowed, Refused
from domain.given import NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.members import operations as members
from domain.members.queries import require_role
from domain.members.rules import Role
from domain.privacy.queries import due_after_money, obstacles_of
from domain.privacy.rules import CLOSABLE, ErasureReason, Obstacle, closing_content
from domain.rates.queries import count_of
from domain.rates.rules import RateKind
from domain.referrals import operations as referrals

ANY: Final = "*"


class ClosingHindered(Refused):
    """Money or a decision hangs on it; `obstacles` says what has to end first."""

    code = "CLOSING_HINDERED"

    def __init__(self, obstacles: frozenset[Obstacle]) -> None:
        super().__init__(f"first these must end: {', '.join(sorted(obstacles))}")
        self.obstacles = obstacles


_LOCK: Final = "select id from member where id = $1 for update"
# Who left and turns out to be under age goes earlier.
_PLAN: Final = """
    insert into erasure (id, member_id, reason, asked_at, due_at, stores)
    values ($1, $2, $3, $4, $5, '[]')
    on conflict (member_id) do update
    set reason = excluded.reason, due_at = least(erasure.due_at, excluded.due_at)
    returning id
"""


@one_transaction
async def close_member(
    *, member_id: UUID, step_up: StepUpClaim, vault: Vault, new_id: NewId, now: datetime
) -> UUID:
    """The member leaves and is erased when no money can come back; the id of the erasure.

    The step-up is bound to `closing_content`. Refuses with `ClosingHindered`,
    `InvalidTransition` or `StepUpRequired`.
    """
    await fetch(_LOCK, member_id)
    purpose = StepUpPurpose.MEMBER_CLOSE
    payee = vault.fingerprint(closing_content(member_id))
    bound = bound_hash(purpose=purpose, amount=None, payee=payee)
    await access.spend_step_up(claim=step_up, purpose=purpose, bound=bound, now=now)
    obstacles = await obstacles_of(member_id=member_id)
    if obstacles:
        raise ClosingHindered(frozenset(obstacles))
    await members.close_member(member_id=member_id, from_states=CLOSABLE)
    wait = await count_of(kind=RateKind.ERASURE_WAIT, scope=ANY, on=now.date())
    due_at = await due_after_money(member_id=member_id, wait=timedelta(days=wait), now=now)
    return await _leave(member_id, ErasureReason.CLOSED, due_at=due_at, new_id=new_id, now=now)


@one_transaction
async def freeze_under_age(
    *, staff_id: UUID, member_id: UUID, new_id: NewId, now: datetime
) -> UUID:
    """P16: found under age; acts no more from now on, and is erased at once.

    Refuses with `NotAllowed` or `NotFound`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    if staff_id == member_id:
        raise NotAllowed("somebody else decides about you")
    await members.freeze_member(member_id=member_id)
    return await _leave(member_id, ErasureReason.UNDER_AGE, due_at=now, new_id=new_id, now=now)


@one_transaction
async def hear_of_frozen(*, member_id: UUID, new_id: NewId, now: datetime) -> UUID:
    """Of somebody whom another decision has frozen; what happens to their data follows."""
    return await _leave(member_id, ErasureReason.UNDER_AGE, due_at=now, new_id=new_id, now=now)


async def _leave(
    member_id: UUID, reason: ErasureReason, *, due_at: datetime, new_id: NewId, now: datetime
) -> UUID:
    assert in_transaction()
    await access.end_sessions(member_id=member_id, now=now)
    await referrals.end_referrals(member_id=member_id, now=now)
    erasure_id: UUID = await fetch_value(_PLAN, new_id(), member_id, reason.value, now, due_at)
    if due_at <= now:
        await enqueue([erasure_job(erasure_id)])
    return erasure_id


def erasure_job(erasure_id: UUID) -> JobRequest:
    return JobRequest(
        name="member_erase",
        arguments={"erasure_id": str(erasure_id)},
        once_key=str(erasure_id),
    )
