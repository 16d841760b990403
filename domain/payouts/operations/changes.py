"""Writes what became of a batch's items: attempts, payouts, follow-up jobs and, last, the money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, in_transaction
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.ledger import operations as ledger
from domain.ledger.rules import Transfer
from domain.money import Money
from domain.payouts.operations import money
from domain.payouts.operations.batches import Item
from domain.payouts.rules import (
    CREDITED,
    AttemptState,
    ClosedReason,
    FrozenReason,
    PayoutState,
    Problem,
    may_move,
    payout_state,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one item becomes. `target` is the payout's next state where it is not the attempt's."""

    item: Item
    state: AttemptState
    target: PayoutState | None = None
    problem: Problem | None = None
    closed: ClosedReason | None = None
    frozen: FrozenReason | None = None
    provider_ref: str | None = None
    provider_code: str | None = None
    cost: Money | None = None
    leaves_payout: bool = False  # news of an attempt that its payout has left behind

    @property
    def payout(self) -> PayoutState:
        if self.leaves_payout:
            return self.item.payout_state
        return self.target or payout_state(self.state)


_ATTEMPTS: Final = """
    update payout_attempt a
    set state = c.state, changed_at = $8,
        closed_reason = coalesce(c.closed, a.closed_reason),
        frozen_reason = coalesce(c.frozen, a.frozen_reason),
        provider_ref = coalesce(c.provider_ref, a.provider_ref),
        provider_code = coalesce(c.provider_code, a.provider_code),
        fee_micros = coalesce(c.cost, a.fee_micros)
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::bigint[]) as c (id, state, closed, frozen, provider_ref, provider_code, cost)
    where a.id = c.id
"""
_PAYOUTS: Final = """
    update payout p
    set state = c.state, problem = c.problem,
        paid_at = case when c.state = 'paid' then coalesce(p.paid_at, $4) else p.paid_at end,
        closed_at = case when c.state = any($5) then coalesce(p.closed_at, $4) else p.closed_at end
    from unnest($1::uuid[], $2::text[], $3::text[]) as c (id, state, problem)
    where p.id = c.id
"""
_BOOKED: Final = """
    select idempotency_key, id from ledger_transfer where idempotency_key = any($1)
"""
_CREDITED_VALUES: Final = sorted(state.value for state in CREDITED)


async def write(
    changes: Sequence[Change], *, instance_id: str, new_id: NewId, now: datetime
) -> None:
    """Inside the transaction that locked the payouts, and the last thing it does.

    A move the state machine does not list is a bug of ours: nothing is written.
    """
    assert in_transaction()
    for change in changes:
        _require_move(change)
    await _write_attempts(changes, now=now)
    moved = [change for change in changes if change.payout is not change.item.payout_state]
    if not moved:
        return
    await execute(
        _PAYOUTS,
        [change.item.payout_id for change in moved],
        [change.payout.value for change in moved],
        [change.problem for change in moved],
        now,
        _CREDITED_VALUES,
    )
    paid = [change.item for change in moved if change.payout is PayoutState.PAID]
    if paid:
        await enqueue([_bill(item) for item in paid])
    transfers = await _transfers(moved, instance_id=instance_id)
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())


async def transfer_id(key: str) -> UUID:
    """Of a transfer that is certainly booked."""
    ((_, booked_as),) = await fetch(_BOOKED, [key])
    assert isinstance(booked_as, UUID)
    return booked_as


async def _write_attempts(changes: Sequence[Change], *, now: datetime) -> None:
    await execute(
        _ATTEMPTS,
        [change.item.attempt_id for change in changes],
        [change.state.value for change in changes],
        [change.closed for change in changes],
        [change.frozen for change in changes],
        [change.provider_ref for change in changes],
        [change.provider_code for change in changes],
        [None if change.cost is None else change.cost.micros for change in changes],
        now,
    )


def _require_move(change: Change) -> None:
    """Step by step: what the attempt makes of the payout, then where the payout goes on to."""
    if change.leaves_payout:
        return
    before = change.item.payout_state
    step = payout_state(change.state)
    assert may_move(source=before, target=step), (before, step)
    assert may_move(source=step, target=change.payout), (step, change.payout)


def _bill(item: Item) -> JobRequest:
    return JobRequest(
        name="self_bill_issue",
        arguments={"worker_id": str(item.worker_id), "currency": item.amount.currency},
        once_key=str(item.payout_id),
    )


async def _transfers(moved: Sequence[Change], *, instance_id: str) -> list[Transfer]:
    paid = [
        money.paid(
            payout_id=change.item.payout_id,
            worker_id=change.item.worker_id,
            item_ref=change.item.item_ref,
            sent=change.item.sent,
            cost=change.cost or Money(0, change.item.amount.currency),
            instance_id=instance_id,
        )
        for change in moved
        if change.payout is PayoutState.PAID
    ]
    back = [
        change.item
        for change in moved
        if change.payout in CREDITED and change.item.payout_state not in CREDITED
    ]
    return paid + await _credits(back, instance_id=instance_id)


async def _credits(items: Sequence[Item], *, instance_id: str) -> list[Transfer]:
    keys = [_original_key(item) for item in items]
    booked = {row["idempotency_key"]: row["id"] for row in await fetch(_BOOKED, keys)}
    return [
        money.credited_back(
            payout_id=item.payout_id,
            worker_id=item.worker_id,
            amount=item.amount,
            fee=item.fee,
            paid_by=None if item.paid_at is None else instance_id,
            reverses=booked[key],
        )
        for item, key in zip(items, keys, strict=True)
    ]


def _original_key(item: Item) -> str:
    if item.paid_at is None:
        return money.requested_key(item.payout_id)
    return money.paid_key(item.item_ref)
