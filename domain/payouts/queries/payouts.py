"""Reads of payouts for operations, jobs and the audit. Rows stay inside; records go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_row
from domain.errors import NotFound
from domain.filters import Column, Condition, Kind, money_columns
from domain.ledger.queries import differences
from domain.ledger.rules import Difference
from domain.money import Money
from domain.paging import NO_PARENT, Count, Listing, Page, count_rows, read_pages
from domain.payouts.queries.spendings import SPENDING_CHECKS
from domain.payouts.rules import CREDITED, OPEN, AttemptState, DestinationState, PayoutState


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRecord:
    id: UUID
    worker_id: UUID
    destination_id: UUID
    amount: Money
    fee: Money
    state: PayoutState
    problem: str | None
    requested_at: datetime
    paid_at: datetime | None
    closed_at: datetime | None
    cancel_asked_at: datetime | None
    held_until: datetime | None = None
    needed_level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRecord:
    """Without the fields themselves: `label` is what may be shown."""

    id: UUID
    member_id: UUID
    state: DestinationState
    kind: str
    country: str
    currency: str
    label: str
    fingerprint: bytes = field(repr=False)
    created_at: datetime
    confirmed_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    id: UUID
    payout_id: UUID
    batch_id: UUID
    batch_ref: str
    instance_id: str
    attempt_no: int
    item_ref: str
    amount: Money  # what the provider was told to pay
    state: AttemptState
    closed_reason: str | None
    frozen_reason: str | None
    provider_ref: str | None
    provider_code: str | None
    fee: Money | None
    created_at: datetime
    changed_at: datetime


_PAYOUT_COLUMNS: Final = """
    id, worker_id, destination_id, currency, amount_micros, fee_micros, state, problem,
    requested_at, paid_at, closed_at, cancel_asked_at, held_until, needed_level
"""
_PAYOUTS_BY_ID: Final = f"select {_PAYOUT_COLUMNS} from payout where id = any($1)"  # noqa: S608  # our own column list
_PAYOUT_ORDERS: Final = {
    "requested_at": ("requested_at", "id"),
    "amount": ("currency", "amount_micros", "id"),
}
_PAYOUT_FILTERS: Final = {
    "state": Column("state"),
    "worker_id": Column("worker_id", Kind.ID),
    "destination_id": Column("destination_id", Kind.ID),
    "requested_at": Column("requested_at", Kind.INSTANT),
    "paid_at": Column("paid_at", Kind.INSTANT),
    **money_columns("amount", micros="amount_micros", currency="currency"),
}
OF_WORKER: Final = Listing(
    columns=_PAYOUT_COLUMNS,
    source="from payout where worker_id = parent.id",
    orders=_PAYOUT_ORDERS,
    filters=_PAYOUT_FILTERS,
    row="payout",
)
ALL_PAYOUTS: Final = Listing(
    columns=_PAYOUT_COLUMNS,
    source="from payout where parent.id is not null",
    orders=_PAYOUT_ORDERS,
    filters=_PAYOUT_FILTERS,
    row="payout",
)
_DESTINATION_COLUMNS: Final = """
    id, member_id, state, kind, country, currency, label, fingerprint, created_at,
    confirmed_at, removed_at
"""
_DESTINATION: Final = f"select {_DESTINATION_COLUMNS} from destination"  # noqa: S608  # as above
_ACTIVE_OF: Final = (
    _DESTINATION + " where id = $1 and member_id = $2 and state = 'active' for share"
)
DESTINATIONS: Final = Listing(
    columns=_DESTINATION_COLUMNS,
    source="from destination where member_id = parent.id and state = 'active'",
    orders={"created_at": ("created_at", "id")},
    filters={
        "kind": Column("kind"),
        "country": Column("country"),
        "currency": Column("currency"),
        "created_at": Column("created_at", Kind.INSTANT),
    },
    row="destination",
)
_ATTEMPTS_OF: Final = """
    select a.id, a.payout_id, a.batch_id, b.batch_ref, b.instance_id, a.attempt_no, a.item_ref,
           a.state, a.closed_reason, a.frozen_reason, a.provider_ref, a.provider_code,
           a.fee_micros, a.fee_currency, b.currency, p.amount_micros - p.fee_micros as paid_micros,
           a.created_at, a.changed_at
    from payout_attempt a
    join payout_batch b on b.id = a.batch_id
    join payout p on p.id = a.payout_id
    where a.payout_id = any($1)
    order by a.payout_id, a.attempt_no
"""
_OPEN_STATES: Final = ", ".join(f"'{state}'" for state in sorted(OPEN))
_CREDITED_STATES: Final = ", ".join(f"'{state}'" for state in sorted(CREDITED))
CHECKS: Final = {
    "money on its way = open payouts": f"""
        with open_payout as (
            select worker_id, currency, sum(amount_micros - fee_micros)::bigint as micros
            from payout where state in ({_OPEN_STATES}) group by 1, 2
        ), booked as (
            select owner_id as worker_id, currency, balance as micros
            from ledger_account where kind = 'worker:payout'
        )
        select 'worker:' || worker_id || ':payout' as subject, currency,
               coalesce(o.micros, 0) as expected, coalesce(b.micros, 0) as found
        from open_payout o full join booked b using (worker_id, currency)
        where coalesce(o.micros, 0) <> coalesce(b.micros, 0)
    """,  # noqa: S608  # our own enum values
    "a payout is booked as its state says": f"""
        select 'payout ' || p.id as subject, null as currency, p.expected, p.found
        from (
            select p.id,
                   '1 requested, '
                       || (p.state = 'paid'
                           or (p.state in ({_CREDITED_STATES}) and p.paid_at is not null))::int
                       || ' paid, ' || (p.state in ({_CREDITED_STATES}))::int || ' credited back'
                       as expected,
                   count(*) filter (where t.kind = 'payout.requested') || ' requested, '
                       || count(*) filter (where t.kind = 'payout.paid') || ' paid, '
                       || count(*) filter (where t.kind = 'payout.credited_back')
                       || ' credited back' as found
            from payout p left join ledger_transfer t on t.correlation_id = p.id
            group by p.id
        ) p
        where p.expected <> p.found
    """,  # noqa: S608  # as above
    "a payout is executed by one attempt at most": """
        select 'payout ' || payout_id as subject, null as currency, '0 or 1' as expected,
               count(*)::text as found
        from payout_attempt where state not in ('rejected', 'missing')
        group by payout_id having count(*) > 1
    """,
    **SPENDING_CHECKS,
}  # our own enum values


async def payouts_by_id(*, ids: Sequence[UUID]) -> dict[UUID, PayoutRecord]:
    """Any member's: the caller compares `worker_id` with the viewer."""
    rows = await fetch(_PAYOUTS_BY_ID, list(ids))
    return {row["id"]: _payout(row) for row in rows}


async def payouts_of(
    *, worker_id: UUID, page: Page, where: Condition | None = None
) -> list[PayoutRecord]:
    """Newest request first."""
    found = await read_pages(OF_WORKER, parent_ids=[worker_id], page=page, where=where)
    return [_payout(row) for row in found[worker_id]]


async def count_payouts_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By worker."""
    return await count_rows(OF_WORKER, parent_ids=parent_ids, where=where)


async def all_payouts(*, page: Page, where: Condition | None = None) -> list[PayoutRecord]:
    """Everybody's, newest request first; for finance alone."""
    found = await read_pages(ALL_PAYOUTS, parent_ids=[NO_PARENT], page=page, where=where)
    return [_payout(row) for row in found[NO_PARENT]]


async def count_payouts(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """Of everybody; the list has no parent, so any one id will do."""
    return await count_rows(ALL_PAYOUTS, parent_ids=parent_ids, where=where)


async def destination_of(*, member_id: UUID, destination_id: UUID) -> DestinationRecord:
    """An active one. Another member's destination does not exist, as far as the caller can tell.

    Inside a transaction it stays as it is until the end.
    """
    row = await fetch_row(_ACTIVE_OF, destination_id, member_id)
    if row is None:
        raise NotFound("no such destination")
    return _destination(row)


async def destinations_by_id(*, ids: Sequence[UUID]) -> dict[UUID, DestinationRecord]:
    """Removed ones too: an old payout still shows where it went."""
    rows = await fetch(_DESTINATION + " where id = any($1)", list(ids))
    return {row["id"]: _destination(row) for row in rows}


async def destinations_of(
    *, member_id: UUID, page: Page, where: Condition | None = None
) -> list[DestinationRecord]:
    """Active ones, newest first."""
    found = await read_pages(DESTINATIONS, parent_ids=[member_id], page=page, where=where)
    return [_destination(row) for row in found[member_id]]


async def count_destinations_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By member; active ones."""
    return await count_rows(DESTINATIONS, parent_ids=parent_ids, where=where)


async def attempts_of(*, payout_ids: Sequence[UUID]) -> dict[UUID, list[AttemptRecord]]:
    """In the order they were made. For staff and the audit: workers see the payout."""
    found: dict[UUID, list[AttemptRecord]] = {payout_id: [] for payout_id in payout_ids}
    for row in await fetch(_ATTEMPTS_OF, list(payout_ids)):
        found[row["payout_id"]].append(_attempt(row))
    return found


async def audit() -> list[Difference]:
    """Payouts against the books; empty when every cent on its way is explained (I8)."""
    return await differences(checks=CHECKS)


def _payout(row: Mapping[str, Any]) -> PayoutRecord:
    return PayoutRecord(
        id=row["id"],
        worker_id=row["worker_id"],
        destination_id=row["destination_id"],
        amount=Money(row["amount_micros"], row["currency"]),
        fee=Money(row["fee_micros"], row["currency"]),
        state=PayoutState(row["state"]),
        problem=row["problem"],
        requested_at=row["requested_at"],
        paid_at=row["paid_at"],
        closed_at=row["closed_at"],
        cancel_asked_at=row["cancel_asked_at"],
        held_until=row["held_until"],
        needed_level=row["needed_level"],
    )


def _destination(row: Mapping[str, Any]) -> DestinationRecord:
    return DestinationRecord(
        id=row["id"],
        member_id=row["member_id"],
        state=DestinationState(row["state"]),
        kind=row["kind"],
        country=row["country"],
        currency=row["currency"],
        label=row["label"],
        fingerprint=row["fingerprint"],
        created_at=row["created_at"],
        confirmed_at=row["confirmed_at"],
        removed_at=row["removed_at"],
    )


def _attempt(row: Mapping[str, Any]) -> AttemptRecord:
    fee = row["fee_micros"]
    return AttemptRecord(
        id=row["id"],
        payout_id=row["payout_id"],
        batch_id=row["batch_id"],
        batch_ref=row["batch_ref"],
        instance_id=row["instance_id"],
        attempt_no=row["attempt_no"],
        item_ref=row["item_ref"],
        amount=Money(row["paid_micros"], row["currency"]),
        state=AttemptState(row["state"]),
        closed_reason=row["closed_reason"],
        frozen_reason=row["frozen_reason"],
        provider_ref=row["provider_ref"],
        provider_code=row["provider_code"],
        fee=None if fee is None else Money(fee, row["fee_currency"] or row["currency"]),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )
