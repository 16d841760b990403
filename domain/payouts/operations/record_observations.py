"""What a file or a statement says of payments counts as a look-up, without a call to anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch, one_transaction
from domain.given import NewId
from domain.money import Money
from domain.payouts.operations import batches, changes, outcomes, schedule
from domain.payouts.operations.batches import Item
from domain.payouts.provider import BatchObservation, Observation, ObservedState, PayoutManifest
from domain.payouts.rules import (
    NOT_DELIVERED,
    NOT_EXECUTED,
    UNDECIDED,
    AttemptState,
    BatchState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """`unknown` names nothing that was sent through the instance; `unclear` is for people."""

    changed: int
    unknown: tuple[str, ...]
    unclear: tuple[str, ...]


_BATCHES_OF: Final = """
    select a.item_ref, a.batch_id from payout_attempt a join payout_batch b on b.id = a.batch_id
    where b.instance_id = $1 and a.item_ref = any($2) order by a.batch_id
"""
_BATCH_OF: Final = "select id from payout_batch where instance_id = $1 and batch_ref = $2"


async def record_observations(
    *,
    instance_id: str,
    observations: Sequence[Observation],
    whole_batches: Sequence[BatchObservation] = (),
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> Recorded:
    """A transaction per batch: what is said of one keeps no other waiting, and may be repeated.

    What is said of an item several times counts in its order. A batch that is booked as a whole
    is believed only if what is open of it is as much as was booked.
    """
    refs = list({each.item_ref for each in observations})
    rows = await fetch(_BATCHES_OF, instance_id, refs)
    batch_of = {row["item_ref"]: row["batch_id"] for row in rows}
    rounds: dict[tuple[int, UUID], dict[str, Observation]] = defaultdict(dict)
    seen: dict[str, int] = defaultdict(int)
    for each in observations:
        if each.item_ref in batch_of:
            rounds[seen[each.item_ref], batch_of[each.item_ref]][each.item_ref] = each
            seen[each.item_ref] += 1
    changed = 0
    for (_, batch_id), said in sorted(rounds.items(), key=lambda entry: entry[0]):
        changed += await _record(
            batch_id=batch_id, said=said, manifest=manifest, new_id=new_id, now=now
        )
    unclear = []
    for whole in whole_batches:
        count = await _record_whole(
            instance_id=instance_id, whole=whole, manifest=manifest, new_id=new_id, now=now
        )
        changed += count or 0
        if count is None:
            unclear.append(whole.batch_ref)
    unknown = tuple(dict.fromkeys(ref for ref in refs if ref not in batch_of))
    return Recorded(changed=changed, unknown=unknown, unclear=tuple(unclear))


@one_transaction
async def _record(
    *,
    batch_id: UUID,
    said: Mapping[str, Observation],
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> int:
    batch = await batches.lock_batch(batch_id)
    items = await batches.lock_items(batch.id)
    news = [
        outcomes.observed(item=item, observation=said[item.item_ref], manifest=manifest)
        for item in items
        if item.item_ref in said
    ]
    found = [change for change in news if change is not None]
    if found and batch.state is BatchState.SENT:
        batch = replace(batch, look_up_count=batch.look_up_count + 1)
        await schedule.go_on(batch=batch, items=items, changes=found, manifest=manifest, now=now)
    await changes.write(found, instance_id=batch.instance_id, new_id=new_id, now=now)
    return len(found)


async def _record_whole(
    *,
    instance_id: str,
    whole: BatchObservation,
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> int | None:
    """None when it does not fit what is open of the batch, or there is no such batch."""
    rows = await fetch(_BATCH_OF, instance_id, whole.batch_ref)
    if not rows:
        return None
    items = await batches.read_items(rows[0]["id"])
    alike = [item for item in items if item.state is AttemptState(whole.state.value)]
    still = [item for item in items if _is_open(item)]
    booked = [item for item in items if whole.state is ObservedState.PAID and _was_executed(item)]
    if not still and (alike or (booked and _fits(booked, whole))):
        return 0  # the same again, or all of it has come back since
    if not still or not (_fits(still, whole) or (booked and _fits(booked, whole))):
        return None
    said = {
        item.item_ref: Observation(
            item_ref=item.item_ref,
            state=whole.state,
            provider_code=whole.provider_code,
            occurred_at=whole.occurred_at,
        )
        for item in still
    }
    return await _record(
        batch_id=rows[0]["id"], said=said, manifest=manifest, new_id=new_id, now=now
    )


def _was_executed(item: Item) -> bool:
    """What has come back since was booked with the others."""
    return item.state not in NOT_EXECUTED | NOT_DELIVERED | {AttemptState.PREPARED}


def _is_open(item: Item) -> bool:
    return (
        item.state in UNDECIDED and item.state is not AttemptState.PREPARED and not item.is_frozen
    )


def _fits(items: Sequence[Item], whole: BatchObservation) -> bool:
    if whole.count is not None and whole.count != len(items):
        return False
    if whole.total is None:
        return True
    currencies = {item.sent.currency for item in items}
    total = sum(item.sent.micros for item in items)
    return currencies == {whole.total.currency} and whole.total == Money(
        total, whole.total.currency
    )
