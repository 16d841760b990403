"""Reads of deposits. Rows stay inside; records go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_row
from domain.deposits.rules import ArrivalState, Decision, DepositState, RefundState
from domain.filters import Column, Condition, Kind, money_columns
from domain.ledger.queries import differences
from domain.ledger.rules import Difference
from domain.money import Money
from domain.paging import Count, Listing, Page, count_rows, read_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRecord:
    """`credited` is what the employer got, `arrived` what the provider says came."""

    id: UUID
    employer_id: UUID
    state: DepositState
    amount: Money
    fee: Money | None
    deposit_ref: str
    instance_id: str
    reference: str
    return_url: str
    provider_ref: str | None
    redirect_url: str | None
    instructions: str | None
    expires_at: datetime | None
    failure: str | None
    started_at: datetime
    settled_at: datetime | None
    arrived: Money | None
    credited: Money
    refunded: Money
    dismissed: Money
    disputed: Money | None
    lost: Money
    dispute_count: int
    dispute_hold_id: UUID | None
    create_count: int
    look_up_count: int
    watch_count: int
    heard_at: datetime | None
    capture_count: int
    first_capture_at: datetime | None
    capture_lease_until: datetime | None

    @property
    def left(self) -> Money:
        """Of what was credited, before what is set aside for refunds under way."""
        return self.credited - self.refunded


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord:
    id: UUID
    deposit_id: UUID
    state: RefundState
    amount: Money
    refund_ref: str
    provider_ref: str | None
    failure: str | None
    hold_id: UUID | None
    asked_by: UUID | None
    asked_at: datetime
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    lease_until: datetime | None
    send_count: int
    look_up_count: int
    missing_count: int
    missing_since: datetime | None
    ended_at: datetime | None
    watch_count: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """What one person has proposed about a frozen deposit, and nobody agreed to yet."""

    id: UUID
    deposit_id: UUID
    decision: Decision
    note: str
    proposed_by: UUID
    proposed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRecord:
    """One payment of a payer. `said` is what they wrote, for finance alone."""

    id: UUID
    instance_id: str
    arrival_ref: str
    deposit_id: UUID | None
    state: ArrivalState
    amount: Money
    said: str
    arrived_at: datetime
    proposed_as: ArrivalState | None
    proposed_employer_id: UUID | None
    proposed_note: str | None
    proposed_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None


_COLUMNS: Final = """
    id, employer_id, state, currency, amount_micros, fee_micros, deposit_ref, instance_id,
    reference, return_url, provider_ref, redirect_url, instructions, expires_at, failure,
    started_at, settled_at, arrived_micros, arrived_currency, credited_micros, refunded_micros,
    dismissed_micros, disputed_micros, lost_micros, dispute_count, dispute_hold_id,
    create_count, look_up_count, watch_count, heard_at, capture_count, first_capture_at,
    capture_lease_until
"""
_DEPOSIT: Final = f"select {_COLUMNS} from deposit"  # noqa: S608  # our own column list
_BY_REF: Final = """
    select id, deposit_ref from deposit where instance_id = $1 and deposit_ref = any($2)
"""
_REFUND: Final = """
    select id, deposit_id, state, currency, amount_micros, refund_ref, provider_ref, failure,
           hold_id, asked_by, asked_at, first_sent_at, last_sent_at, lease_until, send_count,
           look_up_count, missing_count, missing_since, ended_at,
           watch_count, due_at
    from deposit_refund
"""
_OPEN_DECISION: Final = """
    select id, deposit_id, decision, note, proposed_by, proposed_at from deposit_decision
    where deposit_id = any($1) and agreed_at is null and dropped_at is null
"""
_ARRIVAL: Final = """
    select id, instance_id, arrival_ref, deposit_id, state, currency, amount_micros, said,
           arrived_at, proposed_as, proposed_employer_id, proposed_note, proposed_by, decided_by,
           decided_at
    from deposit_arrival
"""
_FROZEN: Final = (
    _DEPOSIT + " where state in ('mismatched', 'underpaid', 'overpaid')"
    " order by started_at desc, id desc limit $1"
)
OF_EMPLOYER: Final = Listing(
    columns=_COLUMNS,
    source="from deposit where employer_id = parent.id",
    orders={"started_at": ("started_at", "id")},
    filters={
        "state": Column("state"),
        "reference": Column("reference"),
        "started_at": Column("started_at", Kind.INSTANT),
        "settled_at": Column("settled_at", Kind.INSTANT),
        **money_columns("amount", micros="amount_micros", currency="currency"),
    },
    row="deposit",
)
_AS_THEY_ARE: Final = (
    "id",
    "employer_id",
    "deposit_ref",
    "instance_id",
    "reference",
    "return_url",
    "provider_ref",
    "redirect_url",
    "instructions",
    "expires_at",
    "failure",
    "started_at",
    "settled_at",
    "dispute_count",
    "dispute_hold_id",
    "create_count",
    "look_up_count",
    "watch_count",
    "heard_at",
    "capture_count",
    "first_capture_at",
    "capture_lease_until",
)
CHECKS: Final = {
    "a settled deposit is on the employer's account once": """
        select 'deposit ' || d.id as subject, d.currency,
               coalesce(d.credited_micros,
                        case when d.state = 'settled' then d.amount_micros end, 0) as expected,
               coalesce(b.micros, 0) as found
        from deposit d
        left join lateral (
            select sum(-e.amount)::bigint as micros
            from ledger_transfer t
            join ledger_entry e on e.transfer_id = t.id
            join ledger_account a on a.id = e.account_id and a.kind = 'employer:available'
            where t.correlation_id = d.id and t.kind = 'deposit.settled'
        ) b on true
        where coalesce(b.micros, 0)
              <> coalesce(d.credited_micros,
                          case when d.state = 'settled' then d.amount_micros end, 0)
    """,
    "what left a deposit again is booked": """
        select 'deposit ' || d.id as subject, d.currency,
               d.refunded_micros + coalesce(d.disputed_micros, 0) + d.lost_micros as expected,
               coalesce(b.micros, 0) as found
        from deposit d
        left join lateral (
            select sum(-e.amount)::bigint as micros
            from ledger_transfer t
            join ledger_entry e on e.transfer_id = t.id
            join ledger_account a on a.id = e.account_id and a.kind = 'provider:clearing'
            where t.correlation_id = d.id and t.event in ('E11', 'E11r', 'E13', 'E13r')
        ) b on true
        where coalesce(b.micros, 0)
              <> d.refunded_micros + coalesce(d.disputed_micros, 0) + d.lost_micros
    """,
    "money that nobody asked for = payments that wait": """
        select 'unallocated deposits' as subject, currency,
               coalesce(w.micros, 0) as expected, coalesce(b.micros, 0) as found
        from (select currency, sum(amount_micros)::bigint as micros from deposit_arrival
              where state = 'unallocated' group by 1) w
        full join (
            select a.currency, sum(-e.amount)::bigint as micros
            from ledger_account a join ledger_entry e on e.account_id = a.id
            where a.kind = 'deposit:unallocated' group by 1
        ) b using (currency)
        where coalesce(w.micros, 0) <> coalesce(b.micros, 0)
    """,
    "money set aside for refunds = refunds under way": """
        select 'refund ' || r.refund_ref as subject, r.currency,
               case when r.state in ('done', 'failed') then 0 else r.amount_micros end as expected,
               case when h.state = 'pending' then h.amount else 0 end as found
        from deposit_refund r left join ledger_hold h on h.id = r.hold_id
        where case when r.state in ('done', 'failed') then 0 else r.amount_micros end
              <> case when h.state = 'pending' then h.amount else 0 end
    """,
}


async def deposits_by_id(*, ids: Sequence[UUID]) -> dict[UUID, DepositRecord]:
    """Any member's: the caller compares `employer_id` with the viewer."""
    rows = await fetch(_DEPOSIT + " where id = any($1)", list(ids))
    return {row["id"]: _deposit(row) for row in rows}


async def deposits_by_ref(*, instance_id: str, refs: Sequence[str]) -> dict[str, UUID]:
    """By our reference; another instance's deposits do not exist here."""
    rows = await fetch(_BY_REF, instance_id, list(refs)) if refs else []
    return {row["deposit_ref"]: row["id"] for row in rows}


async def employers_of(*, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Whose deposits these are."""
    sql = "select distinct employer_id from deposit where id = any($1)"
    rows = await fetch(sql, list(ids)) if ids else []
    return frozenset(row["employer_id"] for row in rows)


async def deposits_of(
    *, employer_id: UUID, page: Page, where: Condition | None = None
) -> list[DepositRecord]:
    """Newest first."""
    found = await read_pages(OF_EMPLOYER, parent_ids=[employer_id], page=page, where=where)
    return [_deposit(row) for row in found[employer_id]]


async def count_deposits_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By employer."""
    return await count_rows(OF_EMPLOYER, parent_ids=parent_ids, where=where)


async def locked_deposit(*, deposit_id: UUID) -> DepositRecord:
    """Inside a transaction, until its end."""
    row = await fetch_row(_DEPOSIT + " where id = $1 for update", deposit_id)
    assert row is not None, "deposits are never deleted"
    return _deposit(row)


async def refunds_of(*, deposit_ids: Sequence[UUID]) -> dict[UUID, list[RefundRecord]]:
    """In the order they were asked for."""
    found: dict[UUID, list[RefundRecord]] = {deposit_id: [] for deposit_id in deposit_ids}
    rows = await fetch(
        _REFUND + " where deposit_id = any($1) order by asked_at, id", list(deposit_ids)
    )
    for row in rows:
        found[row["deposit_id"]].append(_refund(row))
    return found


async def refund_by_id(*, refund_id: UUID, lock: bool = False) -> RefundRecord:
    """`lock` keeps it until the end of the transaction."""
    row = await fetch_row(_REFUND + " where id = $1" + (" for update" if lock else ""), refund_id)
    assert row is not None, "refunds are never deleted"
    return _refund(row)


async def open_decisions(*, deposit_ids: Sequence[UUID]) -> dict[UUID, DecisionRecord]:
    """What waits for a second person."""
    rows = await fetch(_OPEN_DECISION, list(deposit_ids))
    return {
        row["deposit_id"]: DecisionRecord(**{**row, "decision": Decision(row["decision"])})
        for row in rows
    }


async def frozen_deposits(*, limit: int) -> list[DepositRecord]:
    """Everybody's, for two people to decide; the newest first."""
    return [_deposit(row) for row in await fetch(_FROZEN, limit)]


async def arrivals_by_id(*, ids: Sequence[UUID]) -> dict[UUID, ArrivalRecord]:
    """For finance."""
    rows = await fetch(_ARRIVAL + " where id = any($1)", list(ids))
    return {row["id"]: _arrival(row) for row in rows}


async def unallocated_arrivals(*, limit: int) -> list[ArrivalRecord]:
    """What waits for two people, the oldest first."""
    sql = _ARRIVAL + " where state = 'unallocated' order by arrived_at, id limit $1"
    return [_arrival(row) for row in await fetch(sql, limit)]


async def audit() -> list[Difference]:
    """Deposits against the books; empty when they agree."""
    return await differences(checks=CHECKS)


def _deposit(row: Mapping[str, Any]) -> DepositRecord:
    currency = row["currency"]
    return DepositRecord(
        **{name: row[name] for name in _AS_THEY_ARE},
        state=DepositState(row["state"]),
        amount=Money(row["amount_micros"], currency),
        fee=_money(row["fee_micros"], currency),
        arrived=_money(row["arrived_micros"], row["arrived_currency"]),
        credited=Money(row["credited_micros"] or 0, currency),
        refunded=Money(row["refunded_micros"], currency),
        dismissed=Money(row["dismissed_micros"], currency),
        disputed=_money(row["disputed_micros"], currency),
        lost=Money(row["lost_micros"], currency),
    )


def _refund(row: Mapping[str, Any]) -> RefundRecord:
    plain = {
        name: value
        for name, value in row.items()
        if name not in ("state", "currency", "amount_micros")
    }
    return RefundRecord(
        **plain,
        state=RefundState(row["state"]),
        amount=Money(row["amount_micros"], row["currency"]),
    )


def _arrival(row: Mapping[str, Any]) -> ArrivalRecord:
    plain = {
        name: value for name, value in row.items() if name not in ("currency", "amount_micros")
    }
    proposed = row["proposed_as"]
    return ArrivalRecord(
        **{
            **plain,
            "state": ArrivalState(row["state"]),
            "proposed_as": None if proposed is None else ArrivalState(proposed),
        },
        amount=Money(row["amount_micros"], row["currency"]),
    )


def _money(micros: int | None, currency: str) -> Money | None:
    return None if micros is None else Money(micros, currency)
