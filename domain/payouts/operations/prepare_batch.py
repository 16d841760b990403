"""Lets a provider write a batch's exact bytes; they are committed before any of them leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, one_transaction
from domain.given import Clock, NewId, Vault
from domain.payouts import rules
from domain.payouts.operations import batches, changes, outcomes, schedule
from domain.payouts.operations.batches import Batch
from domain.payouts.provider import PayoutManifest, Prepared, Prepares
from domain.payouts.rules import SEND_DELAYS, BatchState, delay_of
from domain.provider import CallContext, ProviderError

_PAYLOAD: Final = """
    update payout_batch set payload = $2, payload_digest = $3 where id = $1
"""
_ITEM_STATES: Final = """
    update payout_attempt a set provider_state = c.provider_state::jsonb
    from unnest($2::text[], $3::text[]) as c (item_ref, provider_state)
    where a.batch_id = $1 and a.item_ref = c.item_ref
"""
_TRIES: Final = "select count(*) from provider_call where subject_id = $1 and kind = 'prepare'"


async def prepare_batch(
    *,
    batch: Batch,
    provider: Prepares,
    manifest: PayoutManifest,
    vault: Vault,
    clock: Clock,
    new_id: NewId,
) -> bool:
    """Whether the batch may be sent now. It is prepared once: the same bytes go out every time.

    Two job workers may prepare at once; the bytes that are committed first are the batch's.
    """
    items = await batches.read_items(batch.id)
    fields = batches.opened(items, vault=vault)
    if outcomes.given_up(items=items, readable=fields.keys(), may_have_arrived=False):
        return True  # the sender sees that as well, and gives it up
    handed = batches.handed(batch=batch, items=items, fields=fields)
    call_id = new_id()
    now = clock()
    await _open(call_id=call_id, batch=batch, now=now)
    context = CallContext(now=now, send_no=1, correlation_id=batch.batch_ref)

    try:
        outcome: Prepared | ProviderError = await provider.prepare(handed, context)
    except ProviderError as error:
        outcome = error

    return await _record(
        batch_id=batch.id,
        call_id=call_id,
        outcome=outcome,
        manifest=manifest,
        vault=vault,
        new_id=new_id,
        now=clock(),
    )


@one_transaction
async def _open(*, call_id: UUID, batch: Batch, now: datetime) -> None:
    await batches.open_call(call_id=call_id, batch=batch, kind="prepare", send_no=0, now=now)


@one_transaction
async def _record(
    *,
    batch_id: UUID,
    call_id: UUID,
    outcome: Prepared | ProviderError,
    manifest: PayoutManifest,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> bool:
    batch = await batches.lock_batch(batch_id)
    await batches.close_call(call_id=call_id, outcome=outcome, now=now)
    if batch.state is not BatchState.PREPARED or batch.payload_digest is not None:
        return batch.state is BatchState.PREPARED  # somebody else was quicker
    if isinstance(outcome, Prepared):
        await _keep(batch, outcome, vault=vault)
        return True
    items = await batches.lock_items(batch_id)
    decision = outcomes.after_prepare(items=items, error=outcome)
    if decision.again:
        tries = int(await fetch_value(_TRIES, batch_id))
        delay = max(decision.after, delay_of(count=tries - 1, delays=SEND_DELAYS))
        await schedule.send_later(batch, delay=delay, now=now, is_postponed=True)
        return False
    await schedule.go_on(
        batch=batch, items=items, changes=decision.changes, manifest=manifest, now=now
    )
    await changes.write(decision.changes, instance_id=batch.instance_id, new_id=new_id, now=now)
    return False


async def _keep(batch: Batch, prepared: Prepared, *, vault: Vault) -> None:
    state: Mapping[str, str] = {**batch.provider_state, **prepared.batch_state}
    await batches.save_batch(replace(batch, provider_state=state), due_at=batch.due_at)
    sealed = vault.seal(prepared.payload, context=rules.payload_context(batch.id))
    await execute(_PAYLOAD, batch.id, sealed, hashlib.sha256(prepared.payload).digest())
    if prepared.item_states:
        await execute(
            _ITEM_STATES,
            batch.id,
            list(prepared.item_states),
            [batches.state_text(each) for each in prepared.item_states.values()],
        )
