"""Whom the lines of a statement are about, and what our books say of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.money import Money
from domain.provider_inbox.rules import Booked, Line, LineState
from domain.provider_news import LineKind

# Whom a line is about. A bank that books a batch as one names the batch alone: then all lines of
# its items count with it.
_SUBJECTS: Final = """
    with line as (
        select * from provider_statement_line
        where instance_id = $1 and state in ('waiting', 'exception')
        order by booked_at, id limit $2
    ), batch_of_line as (
        select l.id as line_id, b.id as batch_id
        from line l join payout_batch b on b.batch_ref = l.provider_ref
            and b.instance_id = l.instance_id
        where l.item_ref is null and l.deposit_ref is null
        union
        select l.id, b.id
        from line l join payout_batch b on b.provider_ref = l.provider_ref
            and b.instance_id = l.instance_id
        where l.item_ref is null and l.deposit_ref is null
    ), attempt_of_line as (
        select l.id as line_id, a.id as attempt_id, a.batch_id
        from line l join payout_attempt a on a.item_ref = l.item_ref
        join payout_batch b on b.id = a.batch_id and b.instance_id = l.instance_id
        union
        select l.id, a.id, a.batch_id
        from line l join payout_attempt a on a.provider_ref = l.provider_ref
        join payout_batch b on b.id = a.batch_id and b.instance_id = l.instance_id
        where l.item_ref is null and l.deposit_ref is null
    ), deposit_of_line as (
        select l.id as line_id, d.id as deposit_id
        from line l join deposit d on d.deposit_ref = l.deposit_ref
            and d.instance_id = l.instance_id
        union
        select l.id, r.deposit_id
        from line l join deposit_refund r on r.refund_ref = l.deposit_ref
        join deposit d on d.id = r.deposit_id and d.instance_id = l.instance_id
        union
        select l.id, r.deposit_id
        from line l join deposit_refund r on r.provider_ref = l.provider_ref
        join deposit d on d.id = r.deposit_id and d.instance_id = l.instance_id
        union
        select l.id, d.id
        from line l join deposit d on d.provider_ref = l.provider_ref
            and d.instance_id = l.instance_id
        where l.item_ref is null and l.deposit_ref is null
    ), arrival_of_line as (
        select l.id as line_id, a.id as arrival_id
        from line l join deposit_arrival a on a.instance_id = l.instance_id
            and a.arrival_ref = l.line_id and a.deposit_id is null
    ), about as (
        select a.line_id, coalesce(
                   (select o.subject_id from provider_statement_line o
                    where o.subject_id = a.batch_id limit 1), a.attempt_id) as subject_id,
               'payout' as subject, a.batch_id
        from attempt_of_line a
        union
        select line_id, batch_id, 'payout', batch_id from batch_of_line
        union
        select line_id, deposit_id, 'deposit', null::uuid from deposit_of_line
        union
        select line_id, arrival_id, 'arrival', null::uuid from arrival_of_line
    )
    select l.id, l.kind, l.received_at, l.item_ref, l.deposit_ref, l.provider_ref,
           s.subject_id, s.subject, s.batch_id
    from line l left join about s on s.line_id = l.id
"""
_LINES_OF: Final = """
    select id, kind, currency, amount_micros, booked_at, received_at, state, subject_id
    from provider_statement_line
    where instance_id = $1 and (subject_id = any($2) or id = any($3)) and state <> 'explained'
"""
# What our books moved at this instance for an attempt, by currency; a fee is shown apart.
_BOOKED_PAYOUTS: Final = """
    select a.id as attempt_id, a.batch_id, b.currency,
           a.state in ('rejected', 'missing') as is_void,
           p.amount_micros - p.fee_micros as sent, a.source_micros, a.source_currency,
           coalesce(a.fee_currency, b.currency) as fee_currency, e.currency as booked_currency,
           coalesce(e.moved, 0) as moved, coalesce(e.fee, 0) as fee
    from payout_attempt a
    join payout_batch b on b.id = a.batch_id
    join payout p on p.id = a.payout_id
    left join lateral (
        select entry.currency, sum(entry.amount)::bigint as moved,
               coalesce(sum(entry.amount) filter (where account.kind = 'expense:provider_fees'),
                        0)::bigint as fee
        from ledger_transfer t
        join ledger_entry entry on entry.transfer_id = t.id
        join ledger_account account on account.id = entry.account_id
        where (account.code = 'provider:' || b.instance_id || ':clearing'
               or account.kind = 'expense:provider_fees')
          and (t.idempotency_key = any(array['attempt:' || a.item_ref || ':paid',
                                             'attempt:' || a.item_ref || ':exchanged',
                                             'attempt:' || a.item_ref || ':cost'])
               or (t.idempotency_key = any(array['payout:' || p.id || ':credit_back',
                                                 'payout:' || p.id || ':exchange_back'])
                   and exists (select 1 from ledger_transfer paid where paid.idempotency_key
                               = 'attempt:' || a.item_ref || ':paid')))
        group by 1
    ) e on true
    where a.id = any($1) or a.batch_id = any($1)
"""
_BOOKED_DEPOSITS: Final = """
    select d.id, d.currency, d.amount_micros,
           coalesce(e.moved, 0) as moved, coalesce(e.fee, 0) as fee
    from deposit d
    left join lateral (
        select sum(entry.amount)::bigint as moved,
               coalesce(sum(entry.amount) filter (where account.kind = 'expense:provider_fees'),
                        0)::bigint as fee
        from ledger_transfer t
        join ledger_entry entry on entry.transfer_id = t.id
        join ledger_account account on account.id = entry.account_id
        where t.correlation_id = d.id
          and t.event in ('E1', 'E11', 'E11r', 'E13', 'E13r', 'E25', 'E25r')
          and (account.code = 'provider:' || d.instance_id || ':clearing'
               or account.kind = 'expense:provider_fees')
    ) e on true
    where d.id = any($1)
    union all
    select a.id, a.currency, a.amount_micros, a.amount_micros, 0
    from deposit_arrival a join ledger_transfer t
        on t.idempotency_key = 'arrival:' || a.id || ':unallocated'
    where a.id = any($1) and a.deposit_id is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An open line, and whom it is about: nobody, or more than one, is for people."""

    line_id: UUID
    kind: LineKind
    received_at: datetime
    has_own_ref: bool
    has_ref: bool
    ids: tuple[UUID, ...]
    batch_id: UUID | None
    is_deposit: bool


async def subjects_of(*, instance_id: str, limit: int) -> list[Subject]:
    """Of the open lines of an instance, the oldest first."""
    found: dict[UUID, list[Any]] = {}
    for row in await fetch(_SUBJECTS, instance_id, limit):
        found.setdefault(row["id"], []).append(row)
    return [_subject(rows) for rows in found.values()]


async def lines_of(*, instance_id: str, subjects: Mapping[UUID, UUID]) -> dict[UUID, list[Line]]:
    """By subject: those matched to it before, and the open ones given as line -> subject."""
    rows = await fetch(_LINES_OF, instance_id, list(subjects.values()), list(subjects))
    found: dict[UUID, list[Line]] = {subject_id: [] for subject_id in subjects.values()}
    for row in rows:
        subject_id = subjects.get(row["id"], row["subject_id"])
        if subject_id in found:
            found[subject_id].append(_line(row))
    return found


async def booked_of(*, subject_ids: Sequence[UUID]) -> dict[UUID, Booked]:
    """What our books say of attempts, whole batches, deposits, and payments that name none."""
    wanted = set(subject_ids)
    found: dict[UUID, Booked] = {}
    for row in await fetch(_BOOKED_DEPOSITS, list(wanted)):
        currency = row["currency"]
        found[row["id"]] = Booked(
            asked=Money(row["amount_micros"], currency),
            moved=Money(row["moved"], currency),
            fee=Money(row["fee"], currency),
        )
    by_attempt: dict[UUID, list[Any]] = {}
    for row in await fetch(_BOOKED_PAYOUTS, list(wanted)):
        by_attempt.setdefault(row["attempt_id"], []).append(row)
    for attempt_id, rows in by_attempt.items():
        one = _booked(rows)
        for subject_id in {attempt_id, rows[0]["batch_id"]} & wanted:
            is_part = subject_id != attempt_id
            if is_part and rows[0]["is_void"]:
                continue  # not part of what the bank booked
            before = found.get(subject_id)
            found[subject_id] = one if before is None else _together(before, one)
    return found


def _subject(rows: Sequence[Any]) -> Subject:
    first = rows[0]
    known = [row for row in rows if row["subject_id"] is not None]
    return Subject(
        line_id=first["id"],
        kind=LineKind(first["kind"]),
        received_at=first["received_at"],
        has_own_ref=bool(first["item_ref"] or first["deposit_ref"]),
        has_ref=bool(first["item_ref"] or first["deposit_ref"] or first["provider_ref"]),
        ids=tuple({row["subject_id"] for row in known}),
        batch_id=known[0]["batch_id"] if known else None,
        is_deposit=bool(known) and known[0]["subject"] == "deposit",
    )


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        id=row["id"],
        kind=LineKind(row["kind"]),
        amount=Money(row["amount_micros"], row["currency"]),
        booked_at=row["booked_at"],
        received_at=row["received_at"],
        is_settled=row["state"] == LineState.MATCHED,
    )


def _booked(rows: Sequence[Any]) -> Booked:
    """Of one attempt; where its balance is in another currency, in that one."""
    first = rows[0]
    currency = first["source_currency"] or first["currency"]
    fee_currency = first["fee_currency"]
    moved = {row["booked_currency"]: row["moved"] for row in rows}
    fees = {row["booked_currency"]: row["fee"] for row in rows}
    return Booked(
        asked=Money(-(first["source_micros"] or first["sent"]), currency),
        moved=Money(moved.get(currency, 0), currency),
        fee=Money(fees.get(fee_currency, 0), fee_currency),
    )


def _together(first: Booked, second: Booked) -> Booked:
    return Booked(
        asked=first.asked + second.asked,
        moved=first.moved + second.moved,
        fee=first.fee + second.fee,
    )
