"""What is in the way of an erasure, and what became of one. Receipts name no person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.access import queries as access
from domain.analytics import queries as analytics
from domain.database import fetch, fetch_row, fetch_value
from domain.deposits.rules import OPEN as OPEN_DEPOSITS
from domain.errors import NotFound
from domain.given import Vault
from domain.invitations import queries as invitations
from domain.members import queries as members
from domain.money import EXPONENTS, MICRO_DIGITS
from domain.notifications import queries as notifications
from domain.payouts.rules import OPEN as OPEN_PAYOUTS
from domain.privacy.rules import (
    CLASS_OF,
    ErasureReason,
    Obstacle,
    StoreReport,
    export_context,
)
from domain.rates.queries import count_of
from domain.rates.rules import RateKind
from domain.retention import Ended, count_held, count_overdue
from domain.searches import queries as searches
from domain.webhooks import queries as webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRecord:
    id: UUID
    member_id: UUID
    reason: ErasureReason
    asked_at: datetime
    due_at: datetime
    erased_at: datetime | None
    backups_until: datetime | None
    stores: tuple[StoreReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingErasure:
    """`obstacles` and a hold keep it waiting after `due_at`."""

    erasure: ErasureRecord
    obstacles: Mapping[Obstacle, int]
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    id: UUID
    asked_at: datetime
    ready_at: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRecord:
    id: UUID
    member_id: UUID
    recipient: str
    legal_basis: str
    reference: str
    fields: tuple[str, ...]
    disclosed_on: date
    may_be_told: bool
    recorded_by: UUID
    recorded_at: datetime


# What is under a smallest unit cannot be paid out: it is in nobody's way.
_SMALLEST: Final = {code: 10 ** (MICRO_DIGITS - digits) for code, digits in EXPONENTS.items()}
_OBSTACLES: Final = """
    select m.id as member_id, o.obstacle, o.count from unnest($1::uuid[]) as m (id)
    cross join lateral (
        select 'balance' as obstacle, count(*) as count from ledger_account a
        where a.owner_id = m.id and abs(a.balance) + a.held
              >= coalesce((select s.micros from unnest($2::text[], $3::bigint[])
                               as s (code, micros)
                           where s.code = a.currency), 1)
        union all
        select 'payout', count(*) from payout where worker_id = m.id and state = any($4)
        union all
        select 'deposit', count(*) from deposit d where employer_id = m.id
          and (d.state = any($5) or d.state in ('mismatched', 'underpaid', 'overpaid', 'disputed')
               or exists (select from deposit_refund r
                          where r.deposit_id = d.id and r.ended_at is null))
        union all
        select 'work', count(*) from assignment a join campaign c on c.id = a.campaign_id
        where (a.worker_id = m.id or c.employer_id = m.id)
          and a.state in
              ('claimed', 'submitted', 'revoked', 'revision_requested', 'rejected', 'disputed')
        union all
        select 'campaign', count(*) from campaign where employer_id = m.id
          and state not in ('draft', 'blocked', 'finished', 'archived')
        union all
        select 'dispute', count(*) from dispute
        where (worker_id = m.id or employer_id = m.id) and final_at is null
        union all
        select 'appeal', count(*) from suspension where member_id = m.id and state = 'appealed'
        union all
        select 'document', count(*) from billable_work w
        where exists (select from legal_entity where is_active)
          and (w.employer_id = m.id and not exists (select from billed_work b
                   where b.work_id = w.id and b.document_kind = 'fee_invoice')
               or w.worker_id = m.id and not exists (select from billed_work b
                   where b.work_id = w.id and b.document_kind = 'self_bill')
                  and exists (select from self_billing_agreement s
                              where s.member_id = m.id and s.withdrawn_at is null))
    ) o where o.count > 0
"""


async def obstacles_by_member(
    *, member_ids: Sequence[UUID]
) -> Mapping[UUID, Mapping[Obstacle, int]]:
    """What has to end before each of them can go, and how many of it; empty where nothing is."""
    rows = await fetch(
        _OBSTACLES,
        member_ids,
        list(_SMALLEST),
        list(_SMALLEST.values()),
        sorted(OPEN_PAYOUTS),
        sorted(OPEN_DEPOSITS),
    )
    found: dict[UUID, dict[Obstacle, int]] = {each: {} for each in member_ids}
    for row in rows:
        found[row["member_id"]][Obstacle(row["obstacle"])] = row["count"]
    return found


async def obstacles_of(*, member_id: UUID) -> Mapping[Obstacle, int]:
    return (await obstacles_by_member(member_ids=[member_id]))[member_id]


_MONEY_LAST: Final = """
    select greatest(
        (select max(paid_at) from payout where worker_id = $1),
        (select max(a.decided_at) from assignment a join campaign c on c.id = a.campaign_id
         where a.worker_id = $1 or c.employer_id = $1),
        (select max(settled_at) from deposit where employer_id = $1))
"""


async def due_after_money(*, member_id: UUID, wait: timedelta, now: datetime) -> datetime:
    """Until then a payout may come back, or a decision be reversed."""
    last = await fetch_value(_MONEY_LAST, member_id)
    return now if last is None else max(now, last + wait)


async def is_held(*, member_id: UUID) -> bool:
    return bool(
        await fetch_value(
            "select exists (select from legal_hold where member_id = $1 and lifted_at is null)",
            member_id,
        )
    )


_COLUMNS: Final = "id, member_id, reason, asked_at, due_at, erased_at, backups_until, stores"
_WAITING: Final = f"""
    select {_COLUMNS},
           exists (select from legal_hold h
                   where h.member_id = erasure.member_id and h.lifted_at is null) as is_held
    from erasure where erased_at is null order by due_at, id limit $1
"""  # noqa: S608  # our own columns


async def erasure_of(*, erasure_id: UUID) -> ErasureRecord:
    """Refuses with `NotFound`."""
    row = await fetch_row(f"select {_COLUMNS} from erasure where id = $1", erasure_id)  # noqa: S608  # as above
    if row is None:
        raise NotFound("no such erasure")
    return _erasure(row)


async def waiting_erasures(*, limit: int) -> list[WaitingErasure]:
    """For staff, the one that is due first on top."""
    rows = await fetch(_WAITING, limit)
    obstacles = await obstacles_by_member(member_ids=[row["member_id"] for row in rows])
    return [
        WaitingErasure(
            erasure=_erasure(row), obstacles=obstacles[row["member_id"]], is_held=row["is_held"]
        )
        for row in rows
    ]


def _erasure(row: Mapping[str, Any]) -> ErasureRecord:
    return ErasureRecord(
        id=row["id"],
        member_id=row["member_id"],
        reason=ErasureReason(row["reason"]),
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        erased_at=row["erased_at"],
        backups_until=row["backups_until"],
        stores=tuple(msgspec.json.decode(row["stores"], type=list[StoreReport])),
    )


_EXPORTS: Final = """
    select id, asked_at, ready_at, until from data_export
    where member_id = $1 and (until is null or until > $2)
    order by asked_at desc, id desc limit $3
"""
_CONTENT: Final = "select content from data_export where id = $1 and until > $2"


async def exports_of(*, member_id: UUID, limit: int, now: datetime) -> list[ExportRecord]:
    """Newest first, without those whose time is over."""
    return [
        ExportRecord(
            id=row["id"],
            asked_at=row["asked_at"],
            ready_at=row["ready_at"],
            until=row["until"],
        )
        for row in await fetch(_EXPORTS, member_id, now, limit)
    ]


async def export_file(*, export_id: UUID, vault: Vault, now: datetime) -> bytes:
    """The archive itself, for whoever may have it. Refuses with `NotFound`."""
    sealed = await fetch_value(_CONTENT, export_id, now)
    if sealed is None:
        raise NotFound("no such file")
    return vault.unseal(sealed, context=export_context(export_id))


_NEWEST: Final = """
    select * from disclosure where $1::uuid is null or member_id = $1
    order by recorded_at desc, id desc limit $2
"""


async def disclosures(*, member_id: UUID | None, limit: int) -> list[DisclosureRecord]:
    """Newest first; of one member, or of all. For staff only."""
    return [_disclosure(row) for row in await fetch(_NEWEST, member_id, limit)]


def _disclosure(row: Mapping[str, Any]) -> DisclosureRecord:
    return DisclosureRecord(
        id=row["id"],
        member_id=row["member_id"],
        recipient=row["recipient"],
        legal_basis=row["legal_basis"],
        reference=row["reference"],
        fields=tuple(row["fields"]),
        disclosed_on=row["disclosed_on"],
        may_be_told=row["may_be_told"],
        recorded_by=row["recorded_by"],
        recorded_at=row["recorded_at"],
    )


ENDED: Final = (
    *access.ENDED,
    members.ENDED,
    notifications.ENDED,
    searches.ENDED,
    webhooks.ENDED,
    analytics.ENDED,
    invitations.ENDED,
    Ended(table="data_export", ended_at="t.until", owner="t.member_id"),
)
STANDING: Final = "select member_id from legal_hold where lifted_at is null"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRecord:
    """What is kept of a store after its end, and what went in the last 30 days."""

    store: str
    kept_days: int
    row_count: int
    last_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """A hold that stands, and how many rows of each store it keeps beyond their days."""

    member_id: UUID
    reason: str
    placed_at: datetime
    row_counts: Mapping[str, int]


_HOLDS: Final = """
    select member_id, reason, placed_at from legal_hold where lifted_at is null
    order by placed_at, id limit $1
"""
_HELD_KEYS: Final = """
    select e.member_id, count(*) as row_count
    from erasure e join data_key k on k.subject_id = e.member_id
    where e.tax_until <= $1 and e.tax_erased_at is null and e.member_id = any($2) group by 1
"""
_PURGED: Final = """
    select store, sum(row_count)::bigint as row_count, max(purged_on) as last_on
    from purge where purged_on > $1::date - 30 group by store
"""
_TAX_STORE: Final = "data_key"


async def kept_days(*, store: str, on: date) -> int:
    """Once a row of it has ended."""
    data_class = CLASS_OF[store]
    if data_class is None:
        return 0
    return await count_of(kind=RateKind.RETENTION, scope=data_class, on=on)


async def purges(*, now: datetime) -> list[PurgeRecord]:
    """Of every store with an end, also where nothing went."""
    gone = {row["store"]: row for row in await fetch(_PURGED, now.date())}
    return [
        PurgeRecord(
            store=store,
            kept_days=await kept_days(store=store, on=now.date()),
            row_count=gone[store]["row_count"] if store in gone else 0,
            last_on=gone[store]["last_on"] if store in gone else None,
        )
        for store in CLASS_OF
    ]


OVERDUE_TIME: Final = timedelta(days=2)  # the purge comes every hour
OVERDUE_ROWS_MAX: Final = 10_000  # so many are as bad as more


async def overdue(*, now: datetime) -> Mapping[str, int]:
    """Of every store with an end, the rows that should have gone two days ago, as far as no hold
    keeps them.
    """
    held = [row["member_id"] for row in await fetch(STANDING)]
    then = now - OVERDUE_TIME
    return {
        rows.table: await count_overdue(
            rows,
            kept_days=await kept_days(store=rows.table, on=then.date()),
            held=held,
            most=OVERDUE_ROWS_MAX,
            now=then,
        )
        for rows in ENDED
    }


async def held_back(*, limit: int, now: datetime) -> list[HeldRecord]:
    """For staff, the oldest hold on top: what would be gone without it."""
    holds = await fetch(_HOLDS, limit)
    held = [row["member_id"] for row in holds]
    counts = {
        rows.table: await count_held(
            rows, kept_days=await kept_days(store=rows.table, on=now.date()), held=held, now=now
        )
        for rows in ENDED
    }
    keys = await fetch(_HELD_KEYS, now, held)
    counts[_TAX_STORE] = {row["member_id"]: row["row_count"] for row in keys}
    return [
        HeldRecord(
            member_id=row["member_id"],
            reason=row["reason"],
            placed_at=row["placed_at"],
            row_counts={
                store: found[row["member_id"]]
                for store, found in counts.items()
                if row["member_id"] in found
            },
        )
        for row in holds
    ]
