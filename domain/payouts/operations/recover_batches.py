"""The sweep that makes every crash and every lost job harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import AWAY, fetch, one_transaction
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.payouts.operations import batches, changes, outcomes, route_claims, schedule
from domain.payouts.operations.advance_attempt import lose_step
from domain.payouts.operations.cancel_at_provider import cancel_job
from domain.payouts.operations.request_payout import route_job
from domain.payouts.rules import ROUTE_DELAY, BatchState

SWEEP_COUNT_MAX: Final = 500

_EXPIRED: Final = """
    select id from payout_batch where state = 'sending' and due_at <= $1 order by due_at limit $2
"""
# The job should have run by now; where it still waits in the queue, its key makes this a no-op.
# It moves to the end of the line: what can never be done keeps nothing else waiting.
_OVERDUE: Final = """
    update payout_batch set due_at = $1 where id in (
        select id from payout_batch
        where state in ('prepared', 'sent') and due_at <= $2 order by due_at limit $3
        for update skip locked)
    returning id
"""
_LOST_STEPS: Final = """
    select id from payout_attempt
    where step_started_at is not null and next_step is not null and step_due_at <= $1
    order by step_due_at limit $2
"""
_STEPS: Final = """
    update payout_attempt set step_due_at = $1 where id in (
        select id from payout_attempt
        where next_step is not null and step_started_at is null and step_due_at <= $2
        order by step_due_at limit $3 for update skip locked)
    returning id, step_count
"""
_UNASKED: Final = """
    select a.id from payout p join payout_attempt a on a.payout_id = p.id
    where p.cancel_asked_at <= $1 and p.state in ('pending', 'unclaimed', 'on_hold')
      and a.state not in ('rejected', 'missing')
      and not exists (select from provider_call c where c.subject_id = a.id and c.kind = 'cancel')
    limit $2
"""
_WITHOUT_ATTEMPT: Final = """
    p.requested_at <= $1 and not exists (
        select 1 from payout_attempt a
        where a.payout_id = p.id and a.state not in ('rejected', 'missing'))
"""
_UNROUTED: Final = f"""
    select p.id from payout p
    where p.state in ('requested', 'approved', 'queued') and {_WITHOUT_ATTEMPT}
    order by p.requested_at limit $2
"""  # noqa: S608  # our own condition
# These may wait for weeks, so each run takes others: an order of its own, by the instant.
_HELD: Final = f"""
    select p.id from payout p
    where p.state = 'held'
      and p.problem in ('no_route', 'verification_needed', 'identity_review', 'tax_notice')
      and {_WITHOUT_ATTEMPT}
    order by hashtextextended(p.id::text, $3) limit $2
"""  # noqa: S608  # as above


async def recover_batches(*, now: datetime, new_id: NewId) -> int:
    """How many were taken up again. A send whose lease has ended is unknown, and looked up.

    One that fails keeps no other waiting; its failure is raised at the end.
    """
    count = 0
    failures: list[Exception] = []
    for row in await fetch(_EXPIRED, now, SWEEP_COUNT_MAX):
        try:
            count += await _lose(batch_id=row["id"], now=now, new_id=new_id)
        except AWAY:
            raise
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is this batch's
            failures.append(failure)
    for row in await fetch(_LOST_STEPS, now, SWEEP_COUNT_MAX):
        try:
            count += await lose_step(attempt_id=row["id"], now=now, new_id=new_id)
        except AWAY:
            raise
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is this attempt's
            failures.append(failure)
    count += await _take_up(now=now)
    if failures:
        raise failures[0]
    return count


@one_transaction
async def _lose(*, batch_id: UUID, now: datetime, new_id: NewId) -> bool:
    batch = await batches.take_batch(batch_id, state=BatchState.SENDING)
    if batch is None:
        return False
    items = await batches.lock_items(batch.id)
    lost = replace(batch, state=BatchState.SENT, unknown_since=batch.unknown_since or now)
    await batches.save_batch(lost, due_at=now)
    await enqueue([schedule.look_up_job(lost)])
    await changes.write(
        outcomes.unknown(items), instance_id=batch.instance_id, new_id=new_id, now=now
    )
    return True


@one_transaction
async def _take_up(*, now: datetime) -> int:
    await route_claims.forget_dead(now=now)
    since = now - ROUTE_DELAY
    jobs: list[JobRequest] = []
    for row in await fetch(_OVERDUE, now, since, SWEEP_COUNT_MAX):
        batch = await batches.read_batch(row["id"])
        assert batch is not None
        is_prepared = batch.state is BatchState.PREPARED
        jobs.append(schedule.send_job(batch) if is_prepared else schedule.look_up_job(batch))
    unrouted = [
        *await fetch(_UNROUTED, since, SWEEP_COUNT_MAX),
        *await fetch(_HELD, since, SWEEP_COUNT_MAX, int(now.timestamp())),
    ]
    jobs += [route_job(row["id"]) for row in unrouted]
    steps = await fetch(_STEPS, now, since, SWEEP_COUNT_MAX)
    jobs += [changes.step_job(row["id"], count=row["step_count"]) for row in steps]
    jobs += [cancel_job(row["id"]) for row in await fetch(_UNASKED, since, SWEEP_COUNT_MAX)]
    if jobs:
        await enqueue(jobs)
    return len(jobs)
