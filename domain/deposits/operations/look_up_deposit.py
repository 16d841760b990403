"""Asks what became of a deposit and books it; only a look-up moves money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, in_transaction, one_transaction
from domain.deposits import queries
from domain.deposits.operations.arrivals import book_extra
from domain.deposits.operations.rows import (
    capture_job,
    heard_job,
    look_up_job,
    refund_job,
    request_of,
)
from domain.deposits.operations.step import take_step
from domain.deposits.provider import (
    CapturesDeposits,
    DepositManifest,
    DepositObservation,
    ObservedDeposit,
    ProviderDirectory,
)
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import (
    NEWS_GAP,
    NOT_PAID_IN_TIME,
    OPEN,
    REFUND_HEARD_FOR,
    WATCHED,
    DepositState,
    look_up_delay,
    over_at,
)
from domain.given import Clock, NewId
from domain.jobs import enqueue
from domain.provider import CallContext, ProviderError

ASKED_AFTER: Final = OPEN | WATCHED | {DepositState.FAILED}

_PLAN: Final = """
    update deposit set due_at = $2, look_up_count = look_up_count + 1, watch_count = $3
    where id = $1
"""
_HEARD: Final = """
    update deposit set heard_at = $2 where id = any($1) returning id, look_up_count
"""
_REFUNDS: Final = """
    select id, send_count, look_up_count from deposit_refund
    where deposit_id = any($1)
      and (state in ('unknown', 'pending') or (state = 'done' and ended_at > $2))
"""


async def look_up_deposit(
    *,
    deposit_id: UUID,
    providers: ProviderDirectory,
    clock: Clock,
    new_id: NewId,
    count: int | None = None,
) -> None:
    """Book what became of it (E1, E11, E12, E13); ask again while anything may follow.

    With `count` only if there were as many look-ups before: the planned one, not another.
    """
    deposit = (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]
    if deposit.state not in ASKED_AFTER or count not in (None, deposit.look_up_count):
        return
    provider = providers.named(deposit.instance_id)
    context = CallContext(now=clock(), send_no=1, correlation_id=deposit.deposit_ref)

    try:
        observation = await provider.look_up(request_of(deposit), context)
    except ProviderError:
        observation = None
    else:
        observation = observation or _unpaid(deposit, provider.manifest, now=clock())

    now = clock()
    await record_observation(asked=deposit, observation=observation, new_id=new_id, now=now)
    await _plan(
        asked=deposit,
        manifest=provider.manifest,
        may_capture=observation is not None
        and observation.state is ObservedDeposit.APPROVED
        and isinstance(provider, CapturesDeposits),
        now=now,
    )


async def record_observation(
    *,
    asked: DepositRecord,
    observation: DepositObservation | None,
    new_id: NewId,
    now: datetime,
) -> None:
    """Step by step, each in a transaction of its own: what was missed in between is booked too."""
    for _ in DepositState:
        if not await take_step(asked=asked, observation=observation, new_id=new_id, now=now):
            await book_extra(asked=asked, observation=observation, new_id=new_id, now=now)
            return
    raise AssertionError("a deposit moves in circles")


async def hear_of_deposits(*, deposit_ids: Sequence[UUID], now: datetime) -> int:
    """Inside the caller's transaction: each is looked up now, once, however much news there is.

    So are its refunds, also those that are done: a payer's bank may give them back.
    """
    assert in_transaction()
    rows = await fetch(_HEARD, sorted(deposit_ids), now)
    refunds = await fetch(_REFUNDS, sorted(deposit_ids), now - REFUND_HEARD_FOR)
    jobs = [heard_job(row["id"], count=row["look_up_count"]) for row in rows]
    jobs += [
        refund_job(row["id"], count=f"{row['send_count']}:{row['look_up_count']}:heard")
        for row in refunds
    ]
    if jobs:
        await enqueue(jobs)
    return len(rows)


def _unpaid(
    deposit: DepositRecord, manifest: DepositManifest, *, now: datetime
) -> DepositObservation | None:
    """Where nobody can be asked, silence until the end means that nobody has paid."""
    over = over_at(expires_at=deposit.expires_at, started_at=deposit.started_at, manifest=manifest)
    if deposit.state is not DepositState.PENDING or over is None or now < over:
        return None
    return DepositObservation(state=ObservedDeposit.EXPIRED, provider_code=NOT_PAID_IN_TIME)


@one_transaction
async def _plan(
    *, asked: DepositRecord, manifest: DepositManifest, may_capture: bool, now: datetime
) -> None:
    deposit = await queries.locked_deposit(deposit_id=asked.id)
    if deposit.look_up_count != asked.look_up_count:
        return  # another look-up was quicker and has planned what follows
    watch_count = deposit.watch_count + (deposit.state in WATCHED)
    count = deposit.look_up_count + 1
    delay = look_up_delay(
        state=deposit.state,
        look_up_count=count,
        watch_count=deposit.watch_count,
        manifest=manifest,
    )
    delay = _not_beyond_its_end(delay, deposit=deposit, manifest=manifest, now=now)
    await execute(_PLAN, deposit.id, None if delay is None else now + delay, watch_count)
    jobs = [] if delay is None else [look_up_job(deposit.id, count=count, delay=delay)]
    if may_capture and deposit.state in OPEN:
        jobs.append(capture_job(deposit.id, count=deposit.capture_count))
    if deposit.heard_at != asked.heard_at:
        jobs.append(heard_job(deposit.id, count=count, delay=NEWS_GAP))  # news came meanwhile
    if jobs:
        await enqueue(jobs)


def _not_beyond_its_end(
    delay: timedelta | None, *, deposit: DepositRecord, manifest: DepositManifest, now: datetime
) -> timedelta | None:
    over = over_at(expires_at=deposit.expires_at, started_at=deposit.started_at, manifest=manifest)
    if delay is None or deposit.state not in OPEN or over is None or over <= now:
        return delay
    return min(delay, over - now)
