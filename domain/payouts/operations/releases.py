"""Lets held payouts out: by two people, by one after screening, or when their time has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.jobs import enqueue
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money
from domain.payouts.operations.request_payout import route_job
from domain.payouts.rules import PayoutState, Problem, may_move
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.texts import require_text

REASON_LENGTH_MAX: Final = 500
SWEEP_COUNT_MAX: Final = 500
RELEASABLE: Final = frozenset({Problem.AWAITS_RELEASE, Problem.SCREENING})

_LOCK: Final = """
    select id, worker_id, state, problem, currency, amount_micros from payout
    where id = $1 for update
"""
_SIGN: Final = """
    insert into payout_release (id, run_id, payout_id, member_id, reason, released_at)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing
"""
_SIGNED: Final = """
    select count(*) from payout_release where run_id = $1 or payout_id = $1
"""
_APPROVE: Final = """
    update payout set state = 'approved', problem = null, held_until = null, approved_at = $2,
        needed_level = null
    where id = any($1)
"""
# Only the screeners are answered: the destination is as new as before, and the run still comes.
_SCREENED: Final = """
    update payout set state = 'approved', problem = null, screened_at = $2 where id = $1
"""
_COOLED: Final = """
    select id from payout
    where state = 'held' and problem = 'destination_cooling_down' and held_until <= $1
    order by held_until limit $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """`is_out`: no further person is needed."""

    is_out: bool
    missing_count: int


@one_transaction
async def release_payout(
    *, payout_id: UUID, member_id: UUID, reason: str, new_id: NewId, now: datetime
) -> Released:
    """One person's word for it; above the limit it takes two.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound`, `InvalidTransition` or
    `SecondPersonNeeded`.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    require_reason(reason)
    row = await fetch_row(_LOCK, payout_id)
    if row is None:
        raise NotFound("no such payout")
    if row["state"] != PayoutState.HELD or row["problem"] not in RELEASABLE:
        raise InvalidTransition(subject="the payout", state=row["state"], event="release")
    if row["worker_id"] == member_id:
        raise SecondPersonNeeded("nobody releases what they are paid")
    needed = await people_needed([row], now=now)
    done = await sign(
        subject_id=payout_id,
        is_run=False,
        needed=needed,
        member_id=member_id,
        reason=reason,
        new_id=new_id,
        now=now,
    )
    if done.is_out:
        assert may_move(source=PayoutState.HELD, target=PayoutState.APPROVED)
        if row["problem"] == Problem.SCREENING:
            await execute(_SCREENED, payout_id, now)
            await enqueue([route_job(payout_id)])
        else:
            await let_out([payout_id], now=now)
    return done


@one_transaction
async def release_cooled(*, now: datetime) -> int:
    """Payouts to destinations that are no longer new are routed again; how many."""
    rows = await fetch(_COOLED, now, SWEEP_COUNT_MAX)
    if rows:
        await enqueue([route_job(row["id"]) for row in rows])
    return len(rows)


async def sign(
    *,
    subject_id: UUID,
    is_run: bool,
    needed: int,
    member_id: UUID,
    reason: str,
    new_id: NewId,
    now: datetime,
) -> Released:
    """Put one name under it. Refuses with `SecondPersonNeeded` when it stands there already."""
    run_id, payout_id = (subject_id, None) if is_run else (None, subject_id)
    if await execute(_SIGN, new_id(), run_id, payout_id, member_id, reason, now) == 0:
        raise SecondPersonNeeded("you have released it: another person is needed")
    count: int = await fetch_value(_SIGNED, subject_id)
    return Released(is_out=count >= needed, missing_count=max(0, needed - count))


async def let_out(payout_ids: Sequence[UUID], *, now: datetime) -> None:
    """They are locked and held; from here on nothing holds them but the want of a route."""
    await execute(_APPROVE, list(payout_ids), now)
    await enqueue([route_job(each) for each in payout_ids])


async def people_needed(payouts: Sequence[Any], *, now: datetime) -> int:
    """Two where one payout, or all together, exceed what one person may let out."""
    currency = payouts[0]["currency"]
    single = await rates.limit_of(kind=RateKind.PAYOUT_RELEASE, currency=currency, on=now.date())
    whole = await rates.limit_of(kind=RateKind.PAYOUT_RUN_RELEASE, currency=currency, on=now.date())
    largest = Money(max(each["amount_micros"] for each in payouts), currency)
    total = Money(sum(each["amount_micros"] for each in payouts), currency)
    return 2 if largest > single or total > whole else 1


def require_reason(reason: str) -> None:
    require_text(reason, path="reason", most=REASON_LENGTH_MAX)
