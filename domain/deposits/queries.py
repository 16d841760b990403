"""Reads of deposits. Rows stay inside; records go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_row
from domain.deposits.rules import DepositState
from domain.filters import Column, Condition, Kind, money_columns
from domain.ledger.queries import differences
from domain.ledger.rules import Difference
from domain.money import Money
from domain.paging import Count, Listing, Page, count_rows, read_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRecord:
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
    failure: str | None
    started_at: datetime
    settled_at: datetime | None
    create_count: int
    look_up_count: int


_COLUMNS: Final = """
    id, employer_id, state, currency, amount_micros, fee_micros, deposit_ref, instance_id,
    reference, return_url, provider_ref, redirect_url, failure, started_at, settled_at,
    create_count, look_up_count
"""
_DEPOSIT: Final = f"select {_COLUMNS} from deposit"  # noqa: S608  # our own column list
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
)
CHECKS: Final = {
    "a settled deposit is on the employer's account once": """
        select 'deposit ' || d.id as subject, d.currency,
               case when d.state = 'settled' then d.amount_micros else 0 end as expected,
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
              <> case when d.state = 'settled' then d.amount_micros else 0 end
    """,
}


async def deposits_by_id(*, ids: Sequence[UUID]) -> dict[UUID, DepositRecord]:
    """Any member's: the caller compares `employer_id` with the viewer."""
    rows = await fetch(_DEPOSIT + " where id = any($1)", list(ids))
    return {row["id"]: _deposit(row) for row in rows}


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


async def audit() -> list[Difference]:
    """Deposits against the books; empty when they agree."""
    return await differences(checks=CHECKS)


def _deposit(row: Mapping[str, Any]) -> DepositRecord:
    fee = row["fee_micros"]
    return DepositRecord(
        id=row["id"],
        employer_id=row["employer_id"],
        state=DepositState(row["state"]),
        amount=Money(row["amount_micros"], row["currency"]),
        fee=None if fee is None else Money(fee, row["currency"]),
        deposit_ref=row["deposit_ref"],
        instance_id=row["instance_id"],
        reference=row["reference"],
        return_url=row["return_url"],
        provider_ref=row["provider_ref"],
        redirect_url=row["redirect_url"],
        failure=row["failure"],
        started_at=row["started_at"],
        settled_at=row["settled_at"],
        create_count=row["create_count"],
        look_up_count=row["look_up_count"],
    )
