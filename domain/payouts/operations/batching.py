"""Which payouts wait, and how those for the same provider become one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.money import Money
from domain.payouts.operations import numbers
from domain.payouts.provider import PayoutManifest, SequenceScope
from domain.payouts.rules import AttemptState, BatchState, PayoutState, items_digest, may_move
from domain.provider import reference

SPARE_COUNT: Final = 1_000  # read besides those there is room for: some go another way


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    payout_id: UUID
    worker_id: UUID
    destination_id: UUID
    state: PayoutState
    amount: Money
    sent: Money
    kind: str
    country: str
    fingerprint: bytes
    destination_since: datetime
    is_destination_removed: bool
    is_destination_confirmed: bool
    is_held_by_member: bool
    member_country: str
    member_level: int
    is_barred: bool  # people look first: an entry of a list, or the age, may be this member's
    withheld_from: date | None  # a tax notice that the member has not answered
    member_since: datetime
    approved_at: datetime | None  # let out once, it needs no more
    screened_at: datetime | None  # people let it past the screeners
    is_payee_shared: bool  # another member is, or was, paid there
    attempt_count: int
    is_in_doubt: bool  # a frozen attempt may have paid it
    excluded: frozenset[str]  # instances that do not do this


# A payout held for want of a route, or while a new destination cools down, waits like the
# others: it goes on as soon as it can.
_WAITING: Final = """
    select p.id, p.worker_id, p.destination_id, p.state, p.currency, p.amount_micros, p.fee_micros,
           p.approved_at, p.screened_at, d.kind, d.country, d.fingerprint,
           exists (select from destination o where o.payee_hash = d.payee_hash
                   and o.member_id <> d.member_id) as is_payee_shared,
           d.created_at as destination_since, d.state = 'removed' as is_destination_removed,
           d.confirmed_at is not null as is_destination_confirmed,
           exists (select from payout_member_hold h where h.member_id = p.worker_id)
               as is_held_by_member,
           m.country as member_country,
           greatest((m.state = any('{active,restricted,suspended,closed}'))::int,
                    coalesce(s.level, 0)) as member_level,
           coalesce(s.is_held, false) or m.state = 'frozen' as is_barred,
           (select min(n.withhold_from) from b_notice n where n.member_id = p.worker_id
            and not exists (select from b_notice_end e where e.notice_id = n.id)) as withheld_from,
           m.registered_at as member_since, tried.attempt_count, tried.excluded
    from payout p
    join destination d on d.id = p.destination_id
    join member m on m.id = p.worker_id
    left join verification_standing s on s.member_id = p.worker_id
    cross join lateral (
        select count(*)::int as attempt_count,
               array_agg(b.instance_id) filter (where a.closed_reason = 'unsupported')
                   as excluded,
               count(*) filter (where a.state not in ('rejected', 'missing')) as open_count
        from payout_attempt a join payout_batch b on b.id = a.batch_id
        where a.payout_id = p.id
    ) tried
    where (p.state in ('requested', 'approved', 'queued')
           or (p.state = 'held' and p.problem in ('no_route', 'destination_cooling_down',
                                                  'verification_needed', 'identity_review',
                                                  'tax_notice', 'held_by_member',
                                                  'destination_unconfirmed')))
      and tried.open_count = 0
"""
_ONE: Final = _WAITING + " and p.id = $1"
# Those that are held come last: they may wait for weeks, and must not crowd out the others.
_OTHERS: Final = (
    _WAITING
    + """ and p.currency = $1 and p.id <> $2
      and not exists (select from payout_route_claim c where c.payout_id = p.id and c.until > $4)
    order by p.state = 'held', p.id limit $3"""
)
_LOCKED: Final = _WAITING + " and p.id = any($1) order by p.id for update of p skip locked"
# Asked once the rows are ours: the statement that locked them may have looked a moment earlier.
_TAKEN: Final = """
    select payout_id, bool_or(state not in ('rejected', 'missing')) as is_taken,
           bool_or(frozen_reason is not null) as is_in_doubt
    from payout_attempt where payout_id = any($1) group by payout_id
"""
_QUEUE: Final = """
    update payout set state = 'queued', problem = null, held_until = null, needed_level = null,
        approved_at = coalesce(approved_at, $2)
    where id = any($1)
"""
_INSERT_BATCH: Final = """
    insert into payout_batch
        (id, batch_ref, instance_id, currency, items_digest, state, send_count, look_up_count,
         watch_count, missing_count, due_at, created_at, plugin_id, plugin_version, api_version,
         sequence_no)
    values ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, $7, $7, $8, $9, $10, $11)
"""
_INSERT_ATTEMPTS: Final = """
    insert into payout_attempt
        (id, payout_id, batch_id, attempt_no, item_ref, state, created_at, changed_at,
         plugin_id, plugin_version, api_version, sequence_no)
    select w.id, w.payout_id, $5, w.attempt_no, w.item_ref, $6, $7, $7, $8, $9, $10, w.sequence_no
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $11::bigint[])
        as w (id, payout_id, attempt_no, item_ref, sequence_no)
"""


async def waiting_one(payout_id: UUID) -> Waiting | None:
    """None when it does not wait. Nothing is locked: what it answers may be over in a moment."""
    found = await _waiting(_ONE, payout_id)
    return found[0] if found else None


async def waiting_others(*, currency: str, but: UUID, room: int, now: datetime) -> list[Waiting]:
    """Who may go with it, and whom nobody else decides on; nothing is locked."""
    return await _waiting(_OTHERS, currency, but, room + SPARE_COUNT, now)


async def lock_waiting(payout_ids: Sequence[UUID]) -> list[Waiting]:
    """Those of them that still wait and that nobody else holds, until the transaction ends."""
    return await _waiting(_LOCKED, list(payout_ids))


async def prepare(
    waiting: Sequence[Waiting],
    *,
    instance_id: str,
    manifest: PayoutManifest,
    region: str,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """One batch out of these, and the job that sends it. They are locked already."""
    for each in waiting:
        _require_moves(each.state)
    batch_id = new_id()
    attempt_ids = [new_id() for _ in waiting]
    item_refs = [reference(kind="P", region=region, id_=each) for each in attempt_ids]
    paired = zip(item_refs, waiting, strict=True)
    made_by = (manifest.id, manifest.version, manifest.api_version)
    batch_no, item_nos = await _numbers(instance_id, manifest, len(waiting))
    await execute(
        _INSERT_BATCH,
        batch_id,
        reference(kind="B", region=region, id_=batch_id),
        instance_id,
        waiting[0].amount.currency,
        items_digest((ref, each.sent, each.fingerprint) for ref, each in paired),
        BatchState.PREPARED.value,
        now,
        *made_by,
        batch_no,
    )
    await execute(
        _INSERT_ATTEMPTS,
        attempt_ids,
        [each.payout_id for each in waiting],
        [each.attempt_count + 1 for each in waiting],
        item_refs,
        batch_id,
        AttemptState.PREPARED.value,
        now,
        *made_by,
        item_nos,
    )
    await execute(_QUEUE, [each.payout_id for each in waiting], now)
    job = JobRequest(
        name="payout_send", arguments={"batch_id": str(batch_id)}, once_key=f"{batch_id}:0:0"
    )
    await enqueue([job])
    return batch_id


async def _numbers(
    instance_id: str, manifest: PayoutManifest, count: int
) -> tuple[int | None, list[int | None]]:
    """Of the batch and of its items, as the manifest asks for them."""
    scope, none = manifest.sequence, [None] * count
    match scope:
        case SequenceScope.NONE:
            return None, [*none]
        case SequenceScope.BATCH:
            (number,) = await numbers.take(instance_id=instance_id, scope=scope, count=1)
            return number, [*none]
        case SequenceScope.ITEM:
            taken = await numbers.take(instance_id=instance_id, scope=scope, count=count)
            return None, [*taken]


async def _waiting(sql: str, *arguments: object) -> list[Waiting]:
    rows = await fetch(sql, *arguments)
    if not rows:
        return []
    tried = await fetch(_TAKEN, [row["id"] for row in rows])
    taken = {row["payout_id"] for row in tried if row["is_taken"]}
    in_doubt = {row["payout_id"] for row in tried if row["is_in_doubt"]}
    return [
        _waiting_record(row, is_in_doubt=row["id"] in in_doubt)
        for row in rows
        if row["id"] not in taken
    ]


def _waiting_record(row: Any, *, is_in_doubt: bool) -> Waiting:
    return Waiting(
        payout_id=row["id"],
        worker_id=row["worker_id"],
        destination_id=row["destination_id"],
        state=PayoutState(row["state"]),
        amount=Money(row["amount_micros"], row["currency"]),
        sent=Money(row["amount_micros"] - row["fee_micros"], row["currency"]),
        kind=row["kind"],
        country=row["country"],
        fingerprint=row["fingerprint"],
        destination_since=row["destination_since"],
        is_destination_removed=row["is_destination_removed"],
        is_destination_confirmed=row["is_destination_confirmed"],
        is_held_by_member=row["is_held_by_member"],
        member_country=row["member_country"],
        member_level=row["member_level"],
        is_barred=row["is_barred"],
        withheld_from=row["withheld_from"],
        member_since=row["member_since"],
        approved_at=row["approved_at"],
        screened_at=row["screened_at"],
        is_payee_shared=row["is_payee_shared"],
        attempt_count=row["attempt_count"],
        is_in_doubt=is_in_doubt,
        excluded=frozenset(row["excluded"] or ()),
    )


def _require_moves(source: PayoutState) -> None:
    """There is nothing left to screen, so what was requested is approved on the way."""
    if source is PayoutState.QUEUED:
        return
    assert may_move(source=source, target=PayoutState.APPROVED), source
    assert may_move(source=PayoutState.APPROVED, target=PayoutState.QUEUED)
