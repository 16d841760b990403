"""Where a provider's word and our books differ, by instance, currency and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.ledger.queries import differences
from domain.ledger.rules import Difference
from domain.money import Money
from domain.provider_inbox.rules import REPORT_GRACE, LineState, Reason
from domain.provider_news import LineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    id: UUID
    instance_id: str
    line_id: str
    kind: LineKind
    booked_at: datetime
    amount: Money
    item_ref: str | None
    deposit_ref: str | None
    provider_ref: str | None
    state: LineState
    reason: Reason | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRecord:
    """Of one day: what the provider moved and we cannot explain, and the other way round."""

    instance_id: str
    day: date
    stated: Money  # lines that no booking explains
    booked: Money  # bookings that stand on no line
    line_count: int
    booking_count: int

    @property
    def difference(self) -> Money:
        return self.stated - self.booked


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRecord:
    """How far an instance's statement has been read."""

    instance_id: str
    read_until: datetime
    read_at: datetime


_LINE_COLUMNS: Final = """
    id, instance_id, line_id, kind, booked_at, currency, amount_micros, item_ref, deposit_ref,
    provider_ref, state, reason, note
"""
_LINES_BY_ID: Final = f"select {_LINE_COLUMNS} from provider_statement_line where id = any($1)"  # noqa: S608  # our own column list
_EXCEPTIONS: Final = f"""
    select {_LINE_COLUMNS} from provider_statement_line where state = 'exception'
    order by booked_at, id limit $1
"""  # noqa: S608  # as above
# What is booked on a statement's account and should stand on it by now. A provider tells later than
# it moves, and we hear later than it tells.
_UNSTATED: Final = f"""
    select c.instance_id, t.id, t.kind, t.effective_on, t.correlation_id, e.currency, e.amount
    from provider_cursor c
    join ledger_account account on account.code = 'provider:' || c.instance_id || ':clearing'
    join ledger_entry e on e.account_id = account.id
    join ledger_transfer t on t.id = e.transfer_id
    where c.kind = 'statement'
      and t.effective_on < (c.read_until - interval '{REPORT_GRACE.days} days')::date
      and t.kind in ('deposit.settled', 'deposit.unallocated', 'deposit.refund_failed',
                     'deposit.not_allocated', 'deposit.refunded', 'deposit.refunded_elsewhere',
                     'deposit.disputed', 'deposit.dispute_won', 'payout.paid',
                     'payout.exchanged', 'payout.credited_back', 'payout.exchanged_back')
      and not exists (
          select 1 from (
              select t.correlation_id as id
              union all select a.id from payout_attempt a where a.payout_id = t.correlation_id
              union all select a.batch_id from payout_attempt a
              where a.payout_id = t.correlation_id
          ) ours
          join provider_statement_line l on l.subject_id = ours.id -- by its index, never pairwise
          where l.instance_id = c.instance_id
            and l.kind = any(case when t.kind in ('payout.paid', 'payout.exchanged')
                                      then array['payout']
                                  when t.kind in ('deposit.settled', 'deposit.unallocated')
                                      then array['deposit', 'other']
                                  else array['return', 'reversal'] end)
      )
"""  # noqa: S608  # our own number
_DRIFT: Final = f"""
    select instance_id, currency, day, sum(stated)::bigint as stated, sum(booked)::bigint as booked,
           sum(lines)::int as line_count, sum(bookings)::int as booking_count
    from (
        select instance_id, currency, (booked_at at time zone 'UTC')::date as day,
               amount_micros as stated, 0 as booked, 1 as lines, 0 as bookings
        from provider_statement_line where state = 'exception'
        union all
        select instance_id, currency, effective_on, 0, amount, 0, 1 from ({_UNSTATED}) unstated
    ) found
    where day between $1 and $2
    group by 1, 2, 3 order by 3 desc, 1, 2 limit $3
"""  # noqa: S608  # as above
_STATEMENTS: Final = """
    select instance_id, read_until, read_at from provider_cursor
    where kind = 'statement' order by instance_id
"""
CHECKS: Final[Mapping[str, str]] = {
    "every line of a provider's statement is booked or explained": """
        select instance_id || ', line ' || line_id as subject, null as currency,
               'a booking' as expected,
               reason || ', ' || kind || ' of ' || (amount_micros / 1000000.0)::numeric(20, 6)
                   || ' ' || currency as found
        from provider_statement_line where state = 'exception'
    """,
    "what is booked at a provider stands on its statement": f"""
        select instance_id || ', ' || kind || ' of ' || correlation_id as subject, currency,
               amount as expected, 0 as found
        from ({_UNSTATED}) unstated
    """,  # noqa: S608  # as above
}


async def lines_by_id(*, ids: Sequence[UUID]) -> dict[UUID, LineRecord]:
    """For finance."""
    return {row["id"]: _record(row) for row in await fetch(_LINES_BY_ID, list(ids))}


async def exceptions(*, limit: int) -> list[LineRecord]:
    """Lines for people, the oldest first."""
    return [_record(row) for row in await fetch(_EXCEPTIONS, limit)]


async def drift(*, since: date, until: date, limit: int) -> list[DriftRecord]:
    """Days on which something differs, the newest first; none when all agrees."""
    return [
        DriftRecord(
            instance_id=row["instance_id"],
            day=row["day"],
            stated=Money(row["stated"], row["currency"]),
            booked=Money(row["booked"], row["currency"]),
            line_count=row["line_count"],
            booking_count=row["booking_count"],
        )
        for row in await fetch(_DRIFT, since, until, limit)
    ]


async def statements() -> list[StatementRecord]:
    """Of every instance that tells what it booked."""
    return [StatementRecord(**row) for row in await fetch(_STATEMENTS)]


async def audit() -> list[Difference]:
    """Providers' statements against the books; empty when they agree."""
    return await differences(checks=CHECKS)


def _record(row: Mapping[str, Any]) -> LineRecord:
    plain = {
        name: value for name, value in row.items() if name not in ("currency", "amount_micros")
    }
    return LineRecord(
        **{
            **plain,
            "kind": LineKind(row["kind"]),
            "state": LineState(row["state"]),
            "reason": None if row["reason"] is None else Reason(row["reason"]),
        },
        amount=Money(row["amount_micros"], row["currency"]),
    )
