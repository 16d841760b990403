"""Hands a batch to its provider: intent committed, call outside transactions, result recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.database import one_transaction
from domain.given import Clock, NewId, Vault
from domain.jobs import enqueue
from domain.payouts.operations import batches, changes, hear_news, outcomes, pace, schedule
from domain.payouts.operations.batches import Batch
from domain.payouts.operations.changes import Change
from domain.payouts.operations.outcomes import SendDecision
from domain.payouts.operations.prepare_batch import prepare_batch
from domain.payouts.operations.record_parts import record_parts
from domain.payouts.provider import (
    PayoutBatch,
    PayoutManifest,
    Prepares,
    ProviderDirectory,
    SendOutcome,
)
from domain.payouts.rules import LEASE_MARGIN, SEND_DELAYS, AttemptState, BatchState, delay_of
from domain.provider import CallContext, DuplicateRef, ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    batch: Batch
    handed: PayoutBatch
    context: CallContext
    call_id: UUID


async def send_batch(
    *, batch_id: UUID, providers: ProviderDirectory, vault: Vault, clock: Clock, new_id: NewId
) -> None:
    """Hand a batch to its provider, once.

    The intent is committed before the call and the answer after it. A crash in between
    leaves `sending`; when its lease ends it is looked up, never sent blindly.
    """
    batch = await batches.read_batch(batch_id)
    if batch is None or batch.state is not BatchState.PREPARED:
        return  # sent already, or in another job worker's hands
    provider = providers.named(batch.instance_id)
    if isinstance(provider, Prepares) and batch.payload_digest is None:
        is_ready = await prepare_batch(
            batch=batch,
            provider=provider,
            manifest=provider.manifest,
            vault=vault,
            clock=clock,
            new_id=new_id,
        )
        if not is_ready:
            return
    sending = await _start(
        batch_id=batch_id, manifest=provider.manifest, vault=vault, new_id=new_id, now=clock()
    )
    if sending is None:
        return  # somebody else was quicker, or it was given up

    try:
        outcome: SendOutcome | ProviderError = await provider.send(sending.handed, sending.context)
    except ProviderError as error:  # the guard lets nothing else through
        outcome = error

    if isinstance(outcome, SendOutcome):
        await record_parts(
            batch_id=batch_id,
            observations=outcome.items,
            manifest=provider.manifest,
            new_id=new_id,
            now=clock(),
        )
    await _record(
        sending=sending, outcome=outcome, manifest=provider.manifest, new_id=new_id, now=clock()
    )


@one_transaction
async def _start(
    *,
    batch_id: UUID,
    manifest: PayoutManifest,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> _Sending | None:
    batch = await batches.take_batch(batch_id, state=BatchState.PREPARED)
    if batch is None:
        return None
    items = await batches.lock_items(batch_id)
    fields = batches.opened(items, vault=vault)
    given_up = outcomes.given_up(
        items=items, readable=fields.keys(), may_have_arrived=batch.unknown_since is not None
    )
    if given_up:
        await schedule.go_on(batch=batch, items=items, changes=given_up, manifest=manifest, now=now)
        await changes.write(given_up, instance_id=batch.instance_id, new_id=new_id, now=now)
        return None
    wait = await pace.wait_of(
        instance_id=batch.instance_id, per_second=manifest.sends_per_second_max, now=now
    )
    if wait:
        await schedule.send_later(batch, delay=wait, now=now, is_postponed=True)
        return None
    sending = replace(
        batch,
        state=BatchState.SENDING,
        send_count=batch.send_count + 1,
        look_up_count=0,
        missing_count=0,
        missing_since=None,
        first_sent_at=batch.first_sent_at or now,
        last_sent_at=now,
    )
    await batches.save_batch(sending, due_at=now + manifest.send_deadline + LEASE_MARGIN)
    call_id = new_id()
    await batches.open_call(
        call_id=call_id, batch=sending, kind="send", send_no=sending.send_count, now=now
    )
    moved = [
        Change(item=item, state=AttemptState.SENDING)
        for item in items
        if item.state is AttemptState.PREPARED
    ]
    await changes.write(moved, instance_id=batch.instance_id, new_id=new_id, now=now)
    payload = await batches.read_payload(batch, vault=vault)
    return _Sending(
        batch=sending,
        handed=batches.handed(batch=sending, items=items, fields=fields, payload=payload),
        context=CallContext(now=now, send_no=sending.send_count, correlation_id=sending.batch_ref),
        call_id=call_id,
    )


@one_transaction
async def _record(
    *,
    sending: _Sending,
    outcome: SendOutcome | ProviderError,
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> None:
    batch = await batches.lock_batch(sending.batch.id)
    items = await batches.lock_items(batch.id)
    await batches.close_call(call_id=sending.call_id, outcome=outcome, now=now)
    decision = outcomes.after_send(items=items, outcome=outcome, manifest=manifest)
    is_ours = (batch.state, batch.send_count) == (BatchState.SENDING, sending.batch.send_count)
    if not is_ours and not isinstance(outcome, SendOutcome):
        return  # our lease ended long ago; look-ups are under way and know better

    batch = _after(batch, outcome, decision, now)
    await pace.slow_down(batch.instance_id, outcome, now=now)
    if is_ours and decision.again:
        delay = max(decision.after, delay_of(count=batch.send_count - 1, delays=SEND_DELAYS))
        await schedule.send_later(batch, delay=delay, now=now)
    elif is_ours:
        await schedule.go_on(
            batch=batch, items=items, changes=decision.changes, manifest=manifest, now=now
        )
    await enqueue([hear_news.retry_job(batch.instance_id)])
    await hear_news.look_up_again(batch_id=batch.id, heard_before=None, now=now)
    await changes.write(decision.changes, instance_id=batch.instance_id, new_id=new_id, now=now)


def _after(
    batch: Batch, outcome: SendOutcome | ProviderError, decision: SendDecision, now: datetime
) -> Batch:
    unknown_since = batch.unknown_since
    if any(change.state is AttemptState.UNKNOWN for change in decision.changes):
        unknown_since = unknown_since or now
    known_as, kept = None, None
    if isinstance(outcome, SendOutcome):
        known_as, kept = outcome.provider_ref, outcome.provider_state
    elif isinstance(outcome, DuplicateRef):
        known_as = outcome.provider_ref
    return replace(
        batch,
        unknown_since=unknown_since,
        provider_ref=batch.provider_ref or known_as,
        provider_state=batch.provider_state if kept is None else kept,
        objection=decision.objection or batch.objection,
    )
