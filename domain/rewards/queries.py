"""Reads of bonuses, for the two parties of the assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.money import Money

LISTED_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusRecord:
    id: UUID
    assignment_id: UUID
    employer_id: UUID
    worker_id: UUID
    amount: Money
    fee: Money
    vat: Money
    reason: str = field(repr=False)
    sent_at: datetime


_COLUMNS: Final = """
    b.id, b.assignment_id, b.employer_id, b.worker_id, b.currency, b.amount_micros, b.fee_micros,
    b.vat_micros, b.reason, b.sent_at
"""
OF_PARTY: Final = "{viewer} in (b.worker_id, b.employer_id)"
_BY_ID: Final = f"""
    select {_COLUMNS} from bonus b where b.id = any($1) and {OF_PARTY.format(viewer="$2")}
"""  # noqa: S608  # our own column list
_OF_ASSIGNMENTS: Final = f"""
    select item.* from unnest($1::uuid[]) as parent (id)
    cross join lateral (
        select {_COLUMNS} from bonus b
        where b.assignment_id = parent.id and {OF_PARTY.format(viewer="$2")}
        order by b.sent_at desc, b.id desc limit {LISTED_MAX}) item
"""  # noqa: S608  # as above
CHECKS: Final[Mapping[str, str]] = {
    "a bonus is booked once": """
        select 'bonus ' || coalesce(b.id, m.id) as subject,
               coalesce(b.currency, m.currency) as currency,
               concat_ws(' + ', b.amount_micros, b.fee_micros, b.vat_micros) as expected,
               concat_ws(' + ', m.reward, m.fee, m.vat) as found
        from bonus b
        full join (
            select t.correlation_id as id, min(e.currency) as currency,
                   coalesce(sum(-e.amount) filter (where a.kind = 'worker:earnings'), 0) as reward,
                   coalesce(sum(-e.amount) filter (where a.kind = 'income:fees'), 0) as fee,
                   coalesce(sum(-e.amount) filter (where a.kind = 'tax:vat_accrued'), 0) as vat,
                   (array_agg(a.owner_id) filter (where a.kind = 'worker:earnings'))[1] as worker
            from ledger_transfer t join ledger_entry e on e.transfer_id = t.id
            join ledger_account a on a.id = e.account_id
            where t.event = 'E6' group by 1
        ) m using (id)
        where (b.currency, b.amount_micros, b.fee_micros, b.vat_micros, b.worker_id)
              is distinct from (m.currency, m.reward, m.fee, m.vat, m.worker)
    """,
}


async def bonuses_by_id(*, ids: Sequence[UUID], viewer_id: UUID) -> dict[UUID, BonusRecord]:
    """Those the viewer gave or got."""
    return {row["id"]: _bonus(row) for row in await fetch(_BY_ID, list(ids), viewer_id)}


async def bonuses_of_assignments(
    *, ids: Sequence[UUID], viewer_id: UUID
) -> dict[UUID, list[BonusRecord]]:
    """The newest five of each, newest first."""
    found: dict[UUID, list[BonusRecord]] = {id_: [] for id_ in ids}
    for row in await fetch(_OF_ASSIGNMENTS, list(ids), viewer_id):
        found[row["assignment_id"]].append(_bonus(row))
    return found


def _bonus(row: Mapping[str, Any]) -> BonusRecord:
    currency = row["currency"]
    return BonusRecord(
        id=row["id"],
        assignment_id=row["assignment_id"],
        employer_id=row["employer_id"],
        worker_id=row["worker_id"],
        amount=Money(row["amount_micros"], currency),
        fee=Money(row["fee_micros"], currency),
        vat=Money(row["vat_micros"], currency),
        reason=row["reason"],
        sent_at=row["sent_at"],
    )
