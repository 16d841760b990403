"""What was earned is the worker's at once, and can be paid out some days later (R21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.assignments.rules import MATURE_LEVEL, MATURE_VERIFICATION, Booking
from domain.database import execute, fetch, in_transaction
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind
from domain.money import Money

_WAITING: Final = """
    select w.id, w.currency, r.number as days
    from unnest($1::uuid[], $2::text[]) as w (id, currency)
    cross join lateral (select number from rate
                        where kind = 'maturity' and scope in (w.currency, '*')
                              and valid_from <= $3
                        order by scope = '*', valid_from desc limit 1) r
    left join worker_standing s on s.worker_id = w.id
    left join verification_standing v on v.member_id = w.id
    where r.number > 0 and (coalesce(s.level, 0) < $4 or coalesce(v.level, 0) < $5)
"""
_PAYABLE: Final = """
    update assignment a set payable_at = kept.until
    from unnest($1::uuid[], $2::timestamptz[]) as kept (id, until) where a.id = kept.id
"""


async def hold_until_mature(
    *, earned: Sequence[tuple[Booking, Money]], new_id: NewId, now: datetime
) -> None:
    """After it was booked. Nobody waits whom we know well: by their level, and by who they are."""
    assert in_transaction()
    whose = list({(booking.worker_id, amount.currency) for booking, amount in earned})
    workers, currencies = [worker for worker, _ in whose], [currency for _, currency in whose]
    rows = await fetch(_WAITING, workers, currencies, now.date(), MATURE_LEVEL, MATURE_VERIFICATION)
    until = {(row["id"], row["currency"]): now + timedelta(days=row["days"]) for row in rows}
    kept = [
        (booking, amount, until[booking.worker_id, amount.currency])
        for booking, amount in earned
        if amount.micros and (booking.worker_id, amount.currency) in until
    ]
    if not kept:
        return
    holds = [_hold(booking, amount, end) for booking, amount, end in kept]
    await ledger.place_holds(holds=holds, new_id=new_id, now=now)
    ids, ends = [booking.assignment_id for booking, _, _ in kept], [end for _, _, end in kept]
    await execute(_PAYABLE, ids, ends)


def maturity_key(assignment_id: UUID) -> str:
    """By which the hold of what an assignment earned is known."""
    return f"maturity:{assignment_id}"


def _hold(booking: Booking, amount: Money, until: datetime) -> ledger.NewHold:
    return ledger.NewHold(
        account=Account(AccountKind.WORKER_EARNINGS, booking.worker_id),
        amount=amount,
        reason="maturity",
        key=maturity_key(booking.assignment_id),
        expires_at=until,
    )
