"""Reads of spent earnings, and of what holds earnings back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.database import fetch, fetch_row
from domain.members.rules import BOUND_STATES
from domain.money import Money
from domain.payouts.rules import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingRecord:
    id: UUID
    member_id: UUID
    amount: Money
    spent_at: datetime


_BY_ID: Final = """
    select id, member_id, currency, amount_micros, spent_at from spending where id = any($1)
"""
# As `batching` asks it of a payout: what no way of paying could help.
_STANDING: Final = """
    select m.state,
           exists (select from payout_member_hold h where h.member_id = m.id) as is_held_by_member,
           coalesce(s.is_held, false) or m.state = 'frozen' as is_barred,
           exists (select from b_notice n where n.member_id = m.id and n.withhold_from <= $2
                   and not exists (select from b_notice_end e where e.notice_id = n.id))
               as is_withheld
    from member m left join verification_standing s on s.member_id = m.id
    where m.id = $1
"""
SPENDING_CHECKS: Final = {
    "a spending is booked once, from one balance to the other": """
        select 'spending ' || s.id as subject, s.currency, s.amount_micros as expected,
               coalesce(sum(e.amount) filter (where a.kind = 'worker:earnings'
                                              and a.owner_id = s.member_id), 0)::bigint as found
        from spending s
        left join ledger_transfer t on t.correlation_id = s.id and t.event = 'E21'
        left join (ledger_entry e join ledger_account a on a.id = e.account_id)
            on e.transfer_id = t.id and a.currency = s.currency
        group by s.id
        having s.amount_micros <> coalesce(sum(e.amount) filter (
                   where a.kind = 'worker:earnings' and a.owner_id = s.member_id), 0)
            or -s.amount_micros <> coalesce(sum(e.amount) filter (
                   where a.kind = 'employer:available' and a.owner_id = s.member_id), 0)
    """,
}


async def spendings_by_id(*, ids: Sequence[UUID]) -> dict[UUID, SpendingRecord]:
    """Any member's: the caller compares `member_id` with the viewer."""
    return {
        row["id"]: SpendingRecord(
            id=row["id"],
            member_id=row["member_id"],
            amount=Money(row["amount_micros"], row["currency"]),
            spent_at=row["spent_at"],
        )
        for row in await fetch(_BY_ID, list(ids))
    }


async def holds_earnings(*, member_id: UUID, on: date) -> Problem | None:
    """What would hold every payout of the member back on that day; None where nothing does."""
    row = await fetch_row(_STANDING, member_id, on)
    if row is None:
        return None
    if row["is_held_by_member"]:
        return Problem.HELD_BY_MEMBER
    if row["is_barred"]:
        return Problem.IDENTITY_REVIEW
    return Problem.TAX_NOTICE if row["is_withheld"] else None


async def may_spend_earnings(*, member_id: UUID, on: date) -> bool:
    """Whether nothing but the amount could stand in the way."""
    row = await fetch_row(_STANDING, member_id, on)
    if row is None or row["state"] in BOUND_STATES:
        return False
    return not (row["is_held_by_member"] or row["is_barred"] or row["is_withheld"])
