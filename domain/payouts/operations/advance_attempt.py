"""The next step of a payment made of several calls, each with one effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.given import Clock, NewId, Vault
from domain.jobs import enqueue
from domain.payouts.operations import batches, changes, one_item, outcomes, pace, schedule
from domain.payouts.operations.batches import Item
from domain.payouts.operations.changes import Change
from domain.payouts.operations.one_item import Calling
from domain.payouts.provider import Advances, Observation, PayoutManifest, ProviderDirectory
from domain.payouts.rules import LEASE_MARGIN, OPEN_AT_PROVIDER
from domain.provider import ProviderError, Unsupported

_BEGIN: Final = """
    update payout_attempt
    set step_started_at = $2, step_count = step_count + 1, step_due_at = $3
    where id = $1
"""
_POSTPONE: Final = "update payout_attempt set step_due_at = $2 where id = $1"


async def advance_attempt(
    *, attempt_id: UUID, providers: ProviderDirectory, vault: Vault, clock: Clock, new_id: NewId
) -> None:
    """Take the step that the provider asked for; an unknown outcome is looked up.

    The intent is committed before the call. After a crash a look-up tells whether the step is
    still to be taken: it is safe to repeat.
    """
    calling = await _start(
        attempt_id=attempt_id, providers=providers, vault=vault, new_id=new_id, now=clock()
    )
    if calling is None:
        return
    provider = providers.named(calling.batch.instance_id)
    step = calling.item.next_step
    assert step is not None
    outcome: Observation | ProviderError
    try:
        if not isinstance(provider, Advances):
            raise Unsupported(
                "this version of the provider takes no steps"
            )  # an outcome like others
        outcome = await provider.advance(calling.handed, step, calling.context)
    except ProviderError as error:
        outcome = error

    await _record(
        calling=calling, outcome=outcome, manifest=provider.manifest, new_id=new_id, now=clock()
    )


@one_transaction
async def _start(
    *,
    attempt_id: UUID,
    providers: ProviderDirectory,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> Calling | None:
    found = await one_item.lock_item(attempt_id)
    if found is None:
        return None
    batch, item = found
    is_due = item.next_step is not None and not item.is_stepping and not item.is_frozen
    if not is_due or item.state not in OPEN_AT_PROVIDER:
        return None
    manifest = providers.named(batch.instance_id).manifest
    wait = await pace.wait_of(
        instance_id=batch.instance_id, per_second=manifest.sends_per_second_max, now=now
    )
    if wait:
        await execute(_POSTPONE, attempt_id, now + wait)
        job = changes.step_job(attempt_id, count=item.step_count, delay=wait)
        await enqueue([replace(job, once_key=f"{job.once_key}:{(now + wait).isoformat()}")])
        return None
    await execute(_BEGIN, attempt_id, now, now + manifest.send_deadline + LEASE_MARGIN)
    begun = replace(item, step_count=item.step_count + 1)
    return await one_item.begin_call(
        batch=batch, item=begun, kind="advance", vault=vault, call_id=new_id(), now=now
    )


@one_transaction
async def _record(
    *,
    calling: Calling,
    outcome: Observation | ProviderError,
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> None:
    found = await one_item.lock_item(calling.item.attempt_id)
    assert found is not None, "attempts are never deleted"
    batch, item = found
    await batches.close_call(call_id=calling.call_id, outcome=outcome, now=now)
    is_ours = item.is_stepping and item.step_count == calling.item.step_count
    if not is_ours:
        if isinstance(outcome, Observation):
            late = outcomes.observed(item=item, observation=outcome, manifest=manifest)
            await changes.write(
                [] if late is None else [late],
                instance_id=batch.instance_id,
                new_id=new_id,
                now=now,
            )
        return  # our lease ended long ago; look-ups are under way and know better
    await pace.slow_down(batch.instance_id, outcome, now=now)
    change = _after(replace(item, is_stepping=False), outcome, manifest)
    if change.next_step is None and isinstance(outcome, ProviderError):
        await schedule.look_up_now(batch, now=now)
    await changes.write([change], instance_id=batch.instance_id, new_id=new_id, now=now)


def _after(item: Item, outcome: Observation | ProviderError, manifest: PayoutManifest) -> Change:
    ended = Change(item=item, state=item.state)
    if isinstance(outcome, Observation):
        # The same step once more is news: the one before is done.
        fresh = replace(item, next_step=None)
        return outcomes.observed(item=fresh, observation=outcome, manifest=manifest) or ended
    decision = outcomes.after_step(item=item, error=outcome, manifest=manifest)
    if decision.again:
        delay = max(decision.after, outcomes.retry_delay(item.step_count))
        return replace(ended, next_step=item.next_step, step_delay=delay)
    return decision.changes[0] if decision.changes else ended


@one_transaction
async def lose_step(*, attempt_id: UUID, now: datetime, new_id: NewId) -> bool:
    """The lease of a step has ended: nobody knows, and a look-up tells."""
    found = await one_item.lock_item(attempt_id)
    if found is None or not found[1].is_stepping:
        return False
    batch, item = found
    await schedule.look_up_now(batch, now=now)
    ended = Change(item=replace(item, is_stepping=False), state=item.state)
    await changes.write([ended], instance_id=batch.instance_id, new_id=new_id, now=now)
    return True
