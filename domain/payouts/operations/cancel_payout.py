"""Takes a payout back: at once while nothing was sent, else the provider is asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidTransition, NotFound
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.jobs import enqueue
from domain.ledger import operations as ledger
from domain.money import Money
from domain.payouts.operations import batches, changes, money, numbers
from domain.payouts.operations.batches import Item
from domain.payouts.operations.cancel_at_provider import cancel_job
from domain.payouts.operations.changes import Change
from domain.payouts.operations.request_payout import route_job
from domain.payouts.provider import Cancels, ProviderDirectory
from domain.payouts.rules import (
    AT_PROVIDER,
    CANCELLABLE,
    AttemptState,
    BatchState,
    ClosedReason,
    PayoutState,
)


@dataclass(frozen=True, slots=True)
class Cancelled:
    payout_id: UUID
    replayed: bool


_LOCK: Final = """
    select id, state, currency, amount_micros, fee_micros from payout
    where id = $1 and worker_id = $2 for update
"""
_OPEN_BATCH: Final = """
    select a.batch_id from payout_attempt a join payout p on p.id = a.payout_id
    where p.id = $1 and p.worker_id = $2 and a.state not in ('rejected', 'missing')
"""
_FROZEN: Final = """
    select exists (select 1 from payout_attempt
                   where payout_id = $1 and frozen_reason is not null)
"""
_AT_PROVIDER: Final = """
    select a.id, b.instance_id from payout_attempt a join payout_batch b on b.id = a.batch_id
    where a.payout_id = $1 and a.state not in ('rejected', 'missing')
"""
_ASK: Final = """
    update payout set cancel_asked_at = coalesce(cancel_asked_at, $2) where id = $1
"""
_CANCEL: Final = """
    update payout set state = 'cancelled', problem = null, closed_at = $2 where id = $1
"""


@one_transaction
async def cancel_payout(
    *,
    worker_id: UUID,
    payout_id: UUID,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
    providers: ProviderDirectory | None = None,
) -> Cancelled:
    """Put the whole amount back on the earnings (E8r), while nothing has been sent.

    What a provider has already is asked back from it, if it does that; the answer comes later.
    Refuses with `NotFound`, or `InvalidTransition` when it is too late for either.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Cancelled(payout_id, replayed=True)
    # The batch before its payouts, as everywhere; a batch made meanwhile costs a retry at worst.
    batch_id = await fetch_value(_OPEN_BATCH, payout_id, worker_id)
    if batch_id is not None:
        await batches.lock_batch(batch_id)
    payout = await fetch_row(_LOCK, payout_id, worker_id)
    if payout is None:
        raise NotFound("no such payout")
    if await fetch_value(_FROZEN, payout_id):
        raise _too_late(payout["state"])  # it may be paid already: people decide
    if PayoutState(payout["state"]) in AT_PROVIDER:
        await _ask_provider(payout, providers=providers, now=now)
        await idempotency.answer(key=key, result=str(payout_id))
        return Cancelled(payout_id, replayed=False)
    if PayoutState(payout["state"]) not in CANCELLABLE:
        raise _too_late(payout["state"])
    batch_id = await fetch_value(_OPEN_BATCH, payout_id, worker_id)
    if batch_id is not None:
        await _withdraw(batch_id, payout=payout, new_id=new_id, now=now)
    await execute(_CANCEL, payout_id, now)
    await idempotency.answer(key=key, result=str(payout_id))
    await _credit_back(payout, worker_id=worker_id, new_id=new_id, now=now)
    return Cancelled(payout_id, replayed=False)


async def _ask_provider(payout: Any, *, providers: ProviderDirectory | None, now: datetime) -> None:
    attempt = await fetch_row(_AT_PROVIDER, payout["id"])
    assert attempt is not None, "it is at a provider"
    gives_back = providers is not None and isinstance(
        providers.named(attempt["instance_id"]), Cancels
    )
    if not gives_back:
        raise _too_late(payout["state"])
    await execute(_ASK, payout["id"], now)
    await enqueue([cancel_job(attempt["id"])])


async def _withdraw(batch_id: UUID, *, payout: Any, new_id: NewId, now: datetime) -> None:
    """A batch never changes, so it is given up as a whole; the others get a new one."""
    batch = await batches.lock_batch(batch_id)
    items: Sequence[Item] = await batches.lock_items(batch_id)
    was_sent = batch.state is not BatchState.PREPARED or batch.unknown_since is not None
    if was_sent:
        raise _too_late(payout["state"])
    await batches.save_batch(replace(batch, state=BatchState.CLOSED), due_at=None)
    withdrawn = [
        Change(item=item, state=AttemptState.REJECTED, closed=ClosedReason.WITHDRAWN)
        for item in items
        if item.state is AttemptState.PREPARED
    ]
    await numbers.give_back(batch=batch, changes=withdrawn)
    await changes.write(withdrawn, instance_id=batch.instance_id, new_id=new_id, now=now)
    others = [item.payout_id for item in items if item.payout_id != payout["id"]]
    if others:
        await enqueue([route_job(other) for other in others])


async def _credit_back(payout: Any, *, worker_id: UUID, new_id: NewId, now: datetime) -> None:
    currency = payout["currency"]
    original = await changes.transfer_id(money.requested_key(payout["id"]))
    transfer = money.credited_back(
        payout_id=payout["id"],
        worker_id=worker_id,
        amount=Money(payout["amount_micros"], currency),
        fee=Money(payout["fee_micros"], currency),
        paid_by=None,
        reverses=original,
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


def _too_late(state: str) -> InvalidTransition:
    return InvalidTransition(subject="the payout", state=state, event="cancel")
