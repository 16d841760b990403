"""The erasure of one member, whole or not at all, and its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.access import operations as access
from domain.analytics import operations as analytics
from domain.assignments import operations as assignments
from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction, transaction
from domain.invitations import operations as invitations
from domain.invoices import operations as invoices
from domain.jobs import enqueue
from domain.members import operations as members
from domain.notifications import operations as notifications
from domain.payouts import operations as payouts
from domain.privacy.operations.leave import ANY, erasure_job
from domain.privacy.queries import is_held, obstacles_by_member, obstacles_of
from domain.privacy.rules import (
    HINDERING,
    STORES,
    DataClass,
    ErasureReason,
    Fate,
    Obstacle,
    StoreReport,
)
from domain.rates.queries import count_of
from domain.rates.rules import RateKind
from domain.referrals import operations as referrals
from domain.risk import operations as risk
from domain.searches import operations as searches
from domain.supplements import operations as supplements
from domain.tickets import operations as tickets
from domain.vault import operations as vault
from domain.verification import operations as verification
from domain.webhooks import operations as webhooks

PAGE_COUNT: Final = 100

_LOCK: Final = """
    select e.member_id, e.reason from erasure e join member m on m.id = e.member_id
    where e.id = $1 and e.erased_at is null and e.due_at <= $2 for update
"""
_FORGET_EXPORTS: Final = "delete from data_export where member_id = $1"
_HAS_TAX_FORM: Final = "select exists (select from tax_form where member_id = $1)"
_DONE: Final = """
    update erasure e set erased_at = $2, backups_until = $3, stores = $4, tax_until =
        case when exists (select from data_key k where k.subject_id = e.member_id)
             then $5::timestamptz end
    where id = $1
"""
_DUE: Final = """
    select e.id, e.member_id, e.reason, e.due_at from erasure e
    where e.erased_at is null and e.due_at <= $1 and (e.due_at, e.id) > ($2, $3)
      and not exists (select from legal_hold h
                      where h.member_id = e.member_id and h.lifted_at is null)
    order by e.due_at, e.id limit $4
"""
_FIRST: Final = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


@one_transaction
async def erase_member(*, erasure_id: UUID, now: datetime) -> bool:
    """Nothing of the person is left but what the law and others need; says whether it is done.

    It waits while a legal hold stands, or while money or a decision is under way. Twice is fine.
    """
    row = await fetch_row(_LOCK, erasure_id, now)
    if row is None:
        return False
    member_id: UUID = row["member_id"]
    obstacles = await obstacles_of(member_id=member_id)
    if _is_hindered(row, obstacles) or await is_held(member_id=member_id):
        return False
    touched = await _forget(member_id, now=now)
    backups = await count_of(kind=RateKind.BACKUPS_KEPT, scope=ANY, on=now.date())
    tax_days = await count_of(kind=RateKind.RETENTION, scope=DataClass.TAX_PAPERS, on=now.date())
    tax_until = now + timedelta(days=tax_days)
    stores = msgspec.json.encode(_reports(touched, tax_until=tax_until)).decode()
    await execute(_DONE, erasure_id, now, now + timedelta(days=backups), stores, tax_until)
    return True


async def recover_erasures(*, now: datetime, page_count: int = PAGE_COUNT) -> int:
    """Has those erased that waited for a payout, a ruling or a hold; how many they are.

    Each is a job of its own, and whoever still waits is passed over: one that cannot be done
    keeps nobody else's data here.
    """
    count, last = 0, _FIRST
    while due := await fetch(_DUE, now, *last, page_count):
        obstacles = await obstacles_by_member(member_ids=[row["member_id"] for row in due])
        free = [row["id"] for row in due if not _is_hindered(row, obstacles[row["member_id"]])]
        async with transaction():
            await enqueue([erasure_job(each) for each in free])
        count, last = count + len(free), (due[-1]["due_at"], due[-1]["id"])
    return count


def _is_hindered(row: Mapping[str, Any], obstacles: Mapping[Obstacle, int]) -> bool:
    return not HINDERING[ErasureReason(row["reason"])].isdisjoint(obstacles)


async def _forget(member_id: UUID, *, now: datetime) -> Mapping[str, int]:
    """From above to below, as the aggregates stand; rows touched, by table."""
    touched = {
        "data_export": await execute(_FORGET_EXPORTS, member_id),
        **await risk.forget_signals(member_id=member_id),
        **await analytics.forget_analytics(member_id=member_id),
        **await notifications.forget_notifications(member_id=member_id),
        **await invitations.forget_invitations(member_id=member_id),
        **await tickets.forget_tickets(member_id=member_id),
        **await searches.forget_searches(member_id=member_id),
        **await referrals.forget_referral_link(member_id=member_id),
        **await invoices.forget_drafts(member_id=member_id),
        **await payouts.forget_destinations(member_id=member_id, now=now),
        **await assignments.forget_allowance(member_id=member_id),
        **await verification.forget_proofs(member_id=member_id, now=now),
        **await webhooks.forget_endpoints(member_id=member_id),
        **await access.forget_sign_ins(member_id=member_id),
        **await supplements.forget_supplements(member_id=member_id),
        **await members.forget_person(member_id=member_id),
    }
    if not await fetch_value(_HAS_TAX_FORM, member_id):
        shredded = await vault.shred_subject(subject_id=member_id)
        touched |= {"data_key": shredded.keys, "sealed_value": shredded.values}
    return touched


def _reports(touched: Mapping[str, int], *, tax_until: datetime) -> list[StoreReport]:
    return [
        StoreReport(
            store=table,
            fate=Fate.DELETED if table in touched and store.fate is Fate.KEPT else store.fate,
            row_count=touched.get(table),
            why=store.why,
            kept_until=tax_until if store.is_tax and table not in touched else None,
        )
        for table, store in STORES.items()
    ]
