"""Chooses who pays, and puts the payouts that wait for the same provider into one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, one_transaction
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.money import Money
from domain.payouts.provider import ProviderDirectory
from domain.payouts.rules import (
    AttemptState,
    BatchState,
    PayoutState,
    Problem,
    amount_problem,
    items_digest,
    may_move,
)
from domain.provider import reference

WAITING_COUNT_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    payout_id: UUID
    state: PayoutState
    amount: Money
    sent: Money
    kind: str
    country: str
    fingerprint: bytes
    attempt_count: int
    is_in_doubt: bool  # a frozen attempt may have paid it
    excluded: frozenset[str]  # instances that do not do this


# A payout held for want of a route waits like the others: it goes on as soon as there is one.
_WAITING: Final = """
    select p.id, p.state, p.currency, p.amount_micros, p.fee_micros, d.kind, d.country,
           d.fingerprint, tried.attempt_count, tried.excluded
    from payout p
    join destination d on d.id = p.destination_id
    cross join lateral (
        select count(*)::int as attempt_count,
               array_agg(b.instance_id) filter (where a.closed_reason = 'unsupported')
                   as excluded,
               count(*) filter (where a.state not in ('rejected', 'missing')) as open_count
        from payout_attempt a join payout_batch b on b.id = a.batch_id
        where a.payout_id = p.id
    ) tried
    where (p.state in ('requested', 'approved', 'queued')
           or (p.state = 'held' and p.problem = 'no_route'))
      and tried.open_count = 0
"""
_ONE: Final = _WAITING + " and p.id = $1 for update of p skip locked"
_OTHERS: Final = (
    _WAITING
    + " and p.currency = $1 and p.id <> $2 order by p.id limit $3 for update of p skip locked"
)
# Asked once the rows are ours: the statement that locked them may have looked a moment earlier.
_TAKEN: Final = """
    select payout_id, bool_or(state not in ('rejected', 'missing')) as is_taken,
           bool_or(frozen_reason is not null) as is_in_doubt
    from payout_attempt where payout_id = any($1) group by payout_id
"""
_HOLD: Final = """
    update payout set state = 'held', problem = $2 where id = $1
"""
_QUEUE: Final = """
    update payout set state = 'queued', problem = null where id = any($1)
"""
_INSERT_BATCH: Final = """
    insert into payout_batch
        (id, batch_ref, instance_id, currency, items_digest, state, send_count, look_up_count,
         watch_count, missing_count, due_at, created_at)
    values ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, $7, $7)
"""
_INSERT_ATTEMPTS: Final = """
    insert into payout_attempt
        (id, payout_id, batch_id, attempt_no, item_ref, state, created_at, changed_at)
    select w.id, w.payout_id, $5, w.attempt_no, w.item_ref, $6, $7, $7
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[])
        as w (id, payout_id, attempt_no, item_ref)
"""


@one_transaction
async def route_payout(
    *, payout_id: UUID, providers: ProviderDirectory, new_id: NewId, now: datetime
) -> UUID | None:
    """The batch this payout went into, with others that waited; None when it does not wait.

    Without anybody to pay it, or when a closed attempt may have paid it, it is held and says so.
    Safe to run twice.
    """
    ours = await _waiting(_ONE, payout_id)
    if not ours:
        return None
    if ours[0].is_in_doubt:
        await _hold(ours[0], problem=Problem.IN_DOUBT)
        return None
    instance_id = _instance_for(ours[0], providers)
    if instance_id is None:
        await _hold(ours[0], problem=Problem.NO_ROUTE)
        return None
    others = await _waiting(_OTHERS, ours[0].amount.currency, payout_id, WAITING_COUNT_MAX)
    max_batch = providers.named(instance_id).manifest.max_batch
    fellows = [
        each
        for each in others
        if not each.is_in_doubt and _instance_for(each, providers) == instance_id
    ]
    return await _prepare(
        [ours[0], *fellows[: max_batch - 1]],
        instance_id=instance_id,
        region=providers.region,
        new_id=new_id,
        now=now,
    )


async def _prepare(
    waiting: Sequence[_Waiting], *, instance_id: str, region: str, new_id: NewId, now: datetime
) -> UUID:
    for each in waiting:
        _require_moves(each.state)
    batch_id = new_id()
    attempt_ids = [new_id() for _ in waiting]
    item_refs = [reference(kind="P", region=region, id_=each) for each in attempt_ids]
    paired = zip(item_refs, waiting, strict=True)
    await execute(
        _INSERT_BATCH,
        batch_id,
        reference(kind="B", region=region, id_=batch_id),
        instance_id,
        waiting[0].amount.currency,
        items_digest((ref, each.sent, each.fingerprint) for ref, each in paired),
        BatchState.PREPARED.value,
        now,
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
    )
    await execute(_QUEUE, [each.payout_id for each in waiting])
    job = JobRequest(
        name="payout_send", arguments={"batch_id": str(batch_id)}, once_key=f"{batch_id}:0:0"
    )
    await enqueue([job])
    return batch_id


def _instance_for(waiting: _Waiting, providers: ProviderDirectory) -> str | None:
    """The first that serves this destination, takes this amount and has not refused it before."""
    currency = waiting.sent.currency
    for instance_id in providers.instances_for(
        kind=waiting.kind, country=waiting.country, currency=currency
    ):
        limits = providers.named(instance_id).manifest.currencies[currency]
        takes_it = amount_problem(amount=waiting.sent, limits=limits) is None
        if takes_it and instance_id not in waiting.excluded:
            return instance_id
    return None


async def _waiting(sql: str, *arguments: object) -> list[_Waiting]:
    rows = await fetch(sql, *arguments)
    tried = await fetch(_TAKEN, [row["id"] for row in rows])
    taken = {row["payout_id"] for row in tried if row["is_taken"]}
    in_doubt = {row["payout_id"] for row in tried if row["is_in_doubt"]}
    return [
        _waiting_record(row, is_in_doubt=row["id"] in in_doubt)
        for row in rows
        if row["id"] not in taken
    ]


def _waiting_record(row: Any, *, is_in_doubt: bool) -> _Waiting:
    return _Waiting(
        payout_id=row["id"],
        state=PayoutState(row["state"]),
        amount=Money(row["amount_micros"], row["currency"]),
        sent=Money(row["amount_micros"] - row["fee_micros"], row["currency"]),
        kind=row["kind"],
        country=row["country"],
        fingerprint=row["fingerprint"],
        attempt_count=row["attempt_count"],
        is_in_doubt=is_in_doubt,
        excluded=frozenset(row["excluded"] or ()),
    )


async def _hold(waiting: _Waiting, *, problem: Problem) -> None:
    assert may_move(source=waiting.state, target=PayoutState.HELD), waiting.state
    await execute(_HOLD, waiting.payout_id, problem.value)


def _require_moves(source: PayoutState) -> None:
    """There is nothing to screen yet, so what was requested is approved on the way."""
    if source is PayoutState.QUEUED:
        return
    assert may_move(source=source, target=PayoutState.APPROVED), source
    assert may_move(source=PayoutState.APPROVED, target=PayoutState.QUEUED)
