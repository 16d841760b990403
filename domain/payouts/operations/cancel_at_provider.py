"""Asks a provider to give a payment back; what became of it is what the observation says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import fetch_value, one_transaction
from domain.given import Clock, NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.payouts.operations import batches, changes, one_item, outcomes, pace, schedule
from domain.payouts.operations.one_item import Calling
from domain.payouts.provider import Cancels, Observation, PayoutManifest, ProviderDirectory
from domain.payouts.rules import OPEN_AT_PROVIDER
from domain.provider import NEVER_SENT, ProviderError, RateLimited, Unsupported

_TRIES: Final = "select count(*) from provider_call where subject_id = $1 and kind = 'cancel'"
_IS_ASKED: Final = """
    select p.cancel_asked_at is not null from payout p
    join payout_attempt a on a.payout_id = p.id where a.id = $1
"""


def cancel_job(attempt_id: UUID, *, count: int = 0, delay: timedelta = timedelta(0)) -> JobRequest:
    return JobRequest(
        name="payout_cancel",
        arguments={"attempt_id": str(attempt_id)},
        once_key=f"{attempt_id}:{count}",
        delay=delay,
    )


async def cancel_at_provider(
    *, attempt_id: UUID, providers: ProviderDirectory, vault: Vault, clock: Clock, new_id: NewId
) -> None:
    """Only what the provider then says moves the money; a refused cancellation is looked up."""
    calling = await _start(attempt_id=attempt_id, vault=vault, new_id=new_id, now=clock())
    if calling is None:
        return
    provider = providers.named(calling.batch.instance_id)
    outcome: Observation | ProviderError
    try:
        if not isinstance(provider, Cancels):
            raise Unsupported(
                "this version of the provider gives nothing back"
            )  # an outcome like others
        outcome = await provider.cancel(calling.handed, calling.context)
    except ProviderError as error:
        outcome = error

    await _record(
        calling=calling, outcome=outcome, manifest=provider.manifest, new_id=new_id, now=clock()
    )


@one_transaction
async def _start(*, attempt_id: UUID, vault: Vault, new_id: NewId, now: datetime) -> Calling | None:
    found = await one_item.lock_item(attempt_id)
    if found is None or not await fetch_value(_IS_ASKED, attempt_id):
        return None
    batch, item = found
    if item.is_frozen or item.state not in OPEN_AT_PROVIDER:
        return None  # decided meanwhile
    return await one_item.begin_call(
        batch=batch, item=item, kind="cancel", vault=vault, call_id=new_id(), now=now
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
    await pace.slow_down(batch.instance_id, outcome, now=now)
    if isinstance(outcome, Observation):
        change = outcomes.observed(item=item, observation=outcome, manifest=manifest)
        written = [] if change is None else [change]
        await changes.write(written, instance_id=batch.instance_id, new_id=new_id, now=now)
    elif isinstance(outcome, NEVER_SENT):
        tries = int(await fetch_value(_TRIES, item.attempt_id))
        wait = outcome.retry_after_seconds if isinstance(outcome, RateLimited) else 0
        delay = max(timedelta(seconds=wait), outcomes.retry_delay(tries))
        await enqueue([cancel_job(item.attempt_id, count=tries, delay=delay)])
    else:
        await schedule.look_up_now(batch, now=now)
