"""Takes what the employer agreed to pay; the intent is committed before, the answer after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.deposits import queries
from domain.deposits.operations.look_up_deposit import record_observation
from domain.deposits.operations.rows import (
    FINAL_REFUSALS,
    NOT_YET,
    capture_job,
    heard_job,
    request_of,
)
from domain.deposits.provider import (
    CapturesDeposits,
    DepositManifest,
    DepositObservation,
    ProviderDirectory,
)
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import (
    CREATE_DELAYS,
    LEASE_MARGIN,
    NEWS_GAP,
    OPEN,
    delay_of,
    window_is_open,
)
from domain.given import Clock, NewId
from domain.jobs import enqueue
from domain.provider import CallContext, ProviderError, RateLimited

WINDOW_PASSED: Final = "CAPTURE_WINDOW_PASSED"

_BEGIN: Final = """
    update deposit
    set state = 'pending', capture_count = capture_count + 1, capture_lease_until = $2,
        first_capture_at = coalesce(first_capture_at, $3)
    where id = $1
"""
_END: Final = "update deposit set capture_lease_until = null where id = $1"
_FAIL: Final = """
    update deposit set state = 'failed', failure = $2, due_at = null, capture_lease_until = null
    where id = $1
"""
_TOO_LATE: Final = "update deposit set failure = $2 where id = $1"


async def capture_deposit(
    *, deposit_id: UUID, providers: ProviderDirectory, clock: Clock, new_id: NewId
) -> None:
    """Move the money, once. Asked for by a look-up that saw the employer's approval.

    When nobody knows whether it moved, only a look-up goes on: it sees the money, or again an
    approval, which may be taken with the same reference as long as that counts once.
    """
    found = (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]
    provider = providers.named(found.instance_id)
    if not isinstance(provider, CapturesDeposits):
        return
    deposit = await _begin(deposit_id=deposit_id, manifest=provider.manifest, now=clock())
    if deposit is None:
        return
    context = CallContext(
        now=clock(), send_no=deposit.capture_count, correlation_id=deposit.deposit_ref
    )

    try:
        answer: DepositObservation | ProviderError = await provider.capture(
            request_of(deposit), context
        )
    except ProviderError as error:
        answer = error

    now = clock()
    if isinstance(answer, DepositObservation):
        await record_observation(asked=deposit, observation=answer, new_id=new_id, now=now)
    await _end(asked=deposit, answer=answer)


@one_transaction
async def _begin(
    *, deposit_id: UUID, manifest: DepositManifest, now: datetime
) -> DepositRecord | None:
    deposit = await queries.locked_deposit(deposit_id=deposit_id)
    lease = deposit.capture_lease_until
    if deposit.state not in OPEN or (lease is not None and now < lease):
        return None
    if not window_is_open(first_at=deposit.first_capture_at, now=now, manifest=manifest):
        await execute(_TOO_LATE, deposit.id, WINDOW_PASSED)  # it could move twice: people look
        return None
    until = now + manifest.call_deadline + LEASE_MARGIN
    await execute(_BEGIN, deposit.id, until, now)
    return await queries.locked_deposit(deposit_id=deposit_id)


@one_transaction
async def _end(*, asked: DepositRecord, answer: DepositObservation | ProviderError) -> None:
    deposit = await queries.locked_deposit(deposit_id=asked.id)
    if deposit.capture_count != asked.capture_count:
        return  # our lease ended long ago, and somebody else goes on
    if isinstance(answer, FINAL_REFUSALS) and deposit.state in OPEN:
        await execute(_FAIL, deposit.id, answer.code or type(answer).__name__)
        return
    await execute(_END, deposit.id)
    if deposit.state not in OPEN:
        return
    if isinstance(answer, NOT_YET):
        wait = answer.retry_after_seconds if isinstance(answer, RateLimited) else 0
        delay = delay_of(count=deposit.capture_count - 1, delays=CREATE_DELAYS)
        delay = max(delay, timedelta(seconds=wait))
        await enqueue([capture_job(deposit.id, count=deposit.capture_count, delay=delay)])
        return
    await enqueue([heard_job(deposit.id, count=deposit.look_up_count, delay=NEWS_GAP)])
