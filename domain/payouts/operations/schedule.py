"""What happens to a batch next, and the job that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import fetch_value
from domain.jobs import JobRequest, enqueue
from domain.payouts.operations import numbers
from domain.payouts.operations.batches import Batch, Item, lock_batch, save_batch
from domain.payouts.operations.changes import Change
from domain.payouts.operations.request_payout import route_job
from domain.payouts.provider import PayoutManifest
from domain.payouts.rules import (
    NOT_EXECUTED,
    UNDECIDED,
    AttemptState,
    BatchState,
    PayoutState,
    delay_of,
)

NOW: Final = timedelta(0)

_OPEN_BATCH: Final = """
    select b.id from payout_attempt a join payout_batch b on b.id = a.batch_id
    where a.payout_id = $1 and a.state not in ('rejected', 'missing') and b.state <> 'closed'
"""


async def lock_open_batch(payout_id: UUID) -> Batch | None:
    """The one that this payout goes with, if it goes with any."""
    batch_id = await fetch_value(_OPEN_BATCH, payout_id)
    return None if batch_id is None else await lock_batch(batch_id)


def send_job(batch: Batch, *, delay: timedelta = timedelta(0)) -> JobRequest:
    return _job("payout_send", batch, delay)


def look_up_job(batch: Batch, *, delay: timedelta = timedelta(0)) -> JobRequest:
    """It does nothing when other look-ups were quicker: they have planned what follows."""
    job = _job("payout_look_up", batch, delay)
    return replace(job, arguments={**job.arguments, "no": batch.next_no})


async def look_up_now(batch: Batch, *, now: datetime) -> None:
    """Besides what is planned; a batch that was closed is opened for it."""
    asked = replace(batch, state=BatchState.SENT)
    await save_batch(asked, due_at=now)
    job = _job("payout_look_up", asked, timedelta(0))
    await enqueue([replace(job, once_key=f"{job.once_key}:now")])


async def send_later(
    batch: Batch, *, delay: timedelta, now: datetime, is_postponed: bool = False
) -> None:
    """The same reference and the same items, once more.

    What is postponed was not begun: its job needs a key of its own beside the one that runs.
    """
    prepared = replace(batch, state=BatchState.PREPARED)
    await save_batch(prepared, due_at=now + delay)
    job = send_job(prepared, delay=delay)
    if is_postponed:
        job = replace(job, once_key=f"{job.once_key}:{(now + delay).isoformat()}")
    await enqueue([job])


async def go_on(
    *,
    batch: Batch,
    items: Sequence[Item],
    changes: Sequence[Change],
    manifest: PayoutManifest,
    now: datetime,
) -> None:
    """Look it up again while anything is open, and for a while after that; then close it.

    Payouts whose attempt was certainly not executed are routed again.
    """
    await numbers.give_back(batch=batch, changes=changes)
    changed = {change.item.attempt_id: change for change in changes}
    states = [_state_after(item, changed.get(item.attempt_id)) for item in items]
    delay = timedelta(0)
    after = replace(batch, state=BatchState.SENT)
    if any(state in UNDECIDED for state in states):
        delay = delay_of(count=batch.look_up_count, delays=manifest.lookup.delays)
    elif AttemptState.PAID in states and _is_early(batch, now):
        assert batch.due_at is not None
        delay = batch.due_at - now  # looked up once more than planned: the plan stands
    elif AttemptState.PAID in states and batch.watch_count < len(manifest.lookup.after_paid_delays):
        delay = manifest.lookup.after_paid_delays[batch.watch_count]
        after = replace(after, watch_count=batch.watch_count + 1)
    else:
        after = replace(after, state=BatchState.CLOSED)
    is_closed = after.state is BatchState.CLOSED
    await save_batch(after, due_at=None if is_closed else now + delay)
    jobs = [] if is_closed else [look_up_job(after, delay=delay)]
    jobs += [
        route_job(change.item.payout_id)
        for change in changes
        if change.state in NOT_EXECUTED and change.payout is PayoutState.QUEUED
    ]
    if jobs:
        await enqueue(jobs)


def _is_early(batch: Batch, now: datetime) -> bool:
    """A watch is a look-up at its time; one before it says nothing about later."""
    return batch.watch_count > 0 and batch.due_at is not None and now < batch.due_at


def _state_after(item: Item, change: Change | None) -> AttemptState | None:
    """None for a frozen one: it waits for people, not for look-ups."""
    if item.is_frozen or (change is not None and change.frozen is not None):
        return None
    return item.state if change is None else change.state


def _job(name: str, batch: Batch, delay: timedelta) -> JobRequest:
    return JobRequest(
        name=name, arguments={"batch_id": str(batch.id)}, once_key=batch.next_no, delay=delay
    )
