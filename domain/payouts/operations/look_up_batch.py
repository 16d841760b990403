"""Asks a provider what became of a batch, by our own references; only this ends UNKNOWN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.database import one_transaction
from domain.given import Clock, NewId, Vault
from domain.payouts.operations import batches, changes, hear_news, outcomes, schedule
from domain.payouts.operations.batches import Batch, Item
from domain.payouts.operations.changes import Change
from domain.payouts.operations.record_parts import record_parts
from domain.payouts.provider import (
    IdempotencyScope,
    LookupAnswer,
    LookupMode,
    PayoutManifest,
    ProviderDirectory,
)
from domain.payouts.rules import (
    NOT_EXECUTED,
    AttemptState,
    BatchState,
    ClosedReason,
    FrozenReason,
    Objection,
    missing_counts_from,
    window_is_open,
)
from domain.provider import CallContext, ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was known when the question left."""

    batch: Batch
    call_id: UUID
    at: datetime
    heard_at: datetime | None  # of the last news that was not asked for


async def look_up_batch(
    *,
    batch_id: UUID,
    providers: ProviderDirectory,
    vault: Vault,
    clock: Clock,
    new_id: NewId,
    no: str | None = None,
) -> None:
    """Record what the provider knows, and ask again later while anything is open.

    "I do not have it" is believed only after the provider had time to settle and two
    look-ups agree; then the same reference is sent again. With `no` it is this planned one,
    and nothing when another one has taken its place.
    """
    batch = await batches.read_batch(batch_id)
    if batch is None or batch.state is not BatchState.SENT or no not in (None, batch.next_no):
        return  # it is being sent, nothing is open any more, or it was looked up meanwhile
    items = await batches.read_items(batch_id)
    fields = batches.opened(items, vault=vault)
    payload = await batches.read_payload(batch, vault=vault)
    handed = batches.handed(batch=batch, items=items, fields=fields, payload=payload)
    provider = providers.named(batch.instance_id)
    heard_at = await hear_news.heard_at(batch_id)
    asked = _Asked(batch=batch, call_id=new_id(), at=clock(), heard_at=heard_at)
    await _open(asked)
    context = CallContext(now=asked.at, send_no=batch.send_count, correlation_id=batch.batch_ref)

    try:
        answer: LookupAnswer | ProviderError = await provider.look_up(handed, context)
    except ProviderError as error:
        answer = error

    if isinstance(answer, LookupAnswer):
        await record_parts(
            batch_id=batch_id,
            observations=answer.found,
            manifest=provider.manifest,
            new_id=new_id,
            now=clock(),
        )
    await _record(
        asked=asked, answer=answer, manifest=provider.manifest, new_id=new_id, now=clock()
    )


@one_transaction
async def _open(asked: _Asked) -> None:
    await batches.open_call(
        call_id=asked.call_id,
        batch=asked.batch,
        kind="look_up",
        send_no=asked.batch.send_count,
        now=asked.at,
    )


@one_transaction
async def _record(
    *,
    asked: _Asked,
    answer: LookupAnswer | ProviderError,
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> None:
    batch = await batches.lock_batch(asked.batch.id)
    items = await batches.lock_items(batch.id)
    await batches.close_call(call_id=asked.call_id, outcome=answer, now=now)
    if batch.state not in (BatchState.SENT, BatchState.CLOSED):
        return  # it is being sent again under the same reference, which tells more
    found = _found(items, answer, manifest)
    if batch.state is BatchState.CLOSED or batch.next_no != asked.batch.next_no:
        # Another look-up was quicker and has planned what follows; what we saw still counts.
        await hear_news.look_up_again(batch_id=batch.id, heard_before=asked.heard_at, now=now)
        await changes.write(found, instance_id=batch.instance_id, new_id=new_id, now=now)
        return

    is_known = await hear_news.heard_at(batch.id) is not None  # it has told us of it
    missing = [] if is_known else _missing(items, answer)
    batch = replace(
        _counted(batch, missing, answer, asked.at, manifest), look_up_count=batch.look_up_count + 1
    )
    if missing and _is_confirmed(batch, at=asked.at, gap=manifest.lookup.agreement_gap):
        found += _given_up(batch, items, missing, manifest=manifest, now=now)
    if any(change.state is AttemptState.PREPARED for change in found):
        await schedule.send_later(batch, delay=timedelta(0), now=now)
    else:
        await schedule.go_on(batch=batch, items=items, changes=found, manifest=manifest, now=now)
    await hear_news.look_up_again(batch_id=batch.id, heard_before=asked.heard_at, now=now)
    await changes.write(found, instance_id=batch.instance_id, new_id=new_id, now=now)


def _found(
    items: Sequence[Item], answer: LookupAnswer | ProviderError, manifest: PayoutManifest
) -> list[Change]:
    if isinstance(answer, ProviderError):
        return []
    said = {each.item_ref: each for each in answer.found}
    news = (
        outcomes.observed(item=item, observation=said[item.item_ref], manifest=manifest)
        for item in items
        if item.item_ref in said
    )
    return [change for change in news if change is not None]


def _missing(items: Sequence[Item], answer: LookupAnswer | ProviderError) -> list[Item]:
    """All items that nobody knows about, if the provider has none of them; else none.

    What was once seen there is never believed to be missing.
    """
    if isinstance(answer, ProviderError):
        return []
    in_doubt = [item for item in items if item.state is AttemptState.UNKNOWN and not item.is_frozen]
    gone = set(answer.missing)
    return in_doubt if all(item.item_ref in gone for item in in_doubt) else []


def _counted(
    batch: Batch,
    missing: Sequence[Item],
    answer: LookupAnswer | ProviderError,
    at: datetime,
    manifest: PayoutManifest,
) -> Batch:
    """Counts look-ups in a row that agree; no answer says nothing, another answer starts anew."""
    if isinstance(answer, ProviderError):
        return batch
    assert batch.first_sent_at is not None and batch.last_sent_at is not None
    counts_from = missing_counts_from(last_sent_at=batch.last_sent_at, manifest=manifest)
    has_looked = manifest.lookup.mode is LookupMode.OUR_REF or (
        manifest.lookup.mode is LookupMode.SCAN
        and answer.searched_from is not None
        and answer.searched_until is not None
        and answer.searched_from <= batch.first_sent_at
        and answer.searched_until >= counts_from
    )
    if not missing or at < counts_from or not has_looked:
        return replace(batch, missing_count=0, missing_since=None)
    return replace(
        batch, missing_count=batch.missing_count + 1, missing_since=batch.missing_since or at
    )


def _is_confirmed(batch: Batch, *, at: datetime, gap: timedelta) -> bool:
    return (
        batch.missing_count > 1
        and batch.missing_since is not None
        and batch.missing_since + gap <= at
    )


def _given_up(
    batch: Batch,
    items: Sequence[Item],
    missing: Sequence[Item],
    *,
    manifest: PayoutManifest,
    now: datetime,
) -> list[Change]:
    """Inside the window the same reference is sent again; after it, another attempt is made.

    Where that could pay twice, people decide.
    """
    assert batch.first_sent_at is not None
    if batch.objection is Objection.REFUSED:
        return outcomes.refused_and_missing(missing)
    if batch.objection is Objection.DUPLICATE:
        return _frozen(missing, FrozenReason.CONFLICT)  # what it has under our name is not ours
    # A send hands over all of it: what people have closed since would be paid after all.
    is_whole = len(items) == len(missing)
    by_item = manifest.idempotency.scope is IdempotencyScope.ITEM and not any(
        item.state in NOT_EXECUTED for item in items
    )
    if window_is_open(first_sent_at=batch.first_sent_at, now=now, manifest=manifest):
        if is_whole or by_item:
            return [Change(item=item, state=AttemptState.PREPARED) for item in missing]
    elif manifest.lookup.mode is LookupMode.OUR_REF:
        return [
            Change(item=item, state=AttemptState.MISSING, closed=ClosedReason.MISSING)
            for item in missing
        ]
    return _frozen(missing, FrozenReason.MISSING_ITEM)


def _frozen(items: Sequence[Item], reason: FrozenReason) -> list[Change]:
    return [Change(item=item, state=AttemptState.UNKNOWN, frozen=reason) for item in items]
