"""Writes what became of a batch's items: attempts, payouts, follow-up jobs and, last, the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, in_transaction
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.ledger import operations as ledger
from domain.ledger.rules import Transfer
from domain.money import Money
from domain.payouts.operations import money
from domain.payouts.operations.batches import Item, state_text
from domain.payouts.rules import (
    BOUNCED,
    CREDITED,
    AttemptState,
    ClosedReason,
    FrozenReason,
    PayoutState,
    Problem,
    may_move,
    payout_state,
)
from domain.provider import Exchange


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
    exchange: Exchange | None = None
    next_step: str | None = None  # None: there is none (any more)
    keeps_step: bool = False  # one is under way, and its own answer decides
    step_delay: timedelta = timedelta(0)
    provider_state: Mapping[str, str] | None = field(default=None, repr=False)  # None: as it was
    is_resolved: bool = False  # by people, whose moves are `rules.resolved`; it ends a freeze
    leaves_payout: bool = False  # news of an attempt that its payout has left behind

    @property
    def payout(self) -> PayoutState:
        if self.leaves_payout:
            return self.item.payout_state
        return self.target or payout_state(self.state)


_ATTEMPTS: Final = """
    update payout_attempt a
    set state = c.state, changed_at = $1,
        closed_reason = coalesce(c.closed, a.closed_reason),
        frozen_reason = case when c.is_resolved then null
                             else coalesce(c.frozen, a.frozen_reason) end,
        provider_ref = coalesce(c.provider_ref, a.provider_ref),
        provider_code = coalesce(c.provider_code, a.provider_code),
        provider_state = coalesce(c.provider_state::jsonb, a.provider_state),
        fee_micros = coalesce(a.fee_micros, c.cost),
        fee_currency = case when a.fee_micros is null then c.cost_currency
                            else a.fee_currency end,
        next_step = case when c.keeps_step then a.next_step else c.next_step end,
        step_due_at = case when c.keeps_step then a.step_due_at else c.step_due_at end,
        step_started_at = case when c.keeps_step then a.step_started_at end
    from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[],
                $8::text[], $9::text[], $10::bigint[], $11::text[], $12::boolean[], $13::text[],
                $14::timestamptz[])
        as c (id, state, closed, frozen, is_resolved, provider_ref, provider_code, provider_state,
              cost, cost_currency, keeps_step, next_step, step_due_at)
    where a.id = c.id
"""
_EXCHANGES: Final = """
    update payout_attempt a
    set source_micros = c.source_micros, source_currency = c.source_currency,
        target_micros = c.target_micros, target_currency = c.target_currency,
        exchange_rate = c.rate
    from unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::numeric[])
        as c (id, source_micros, source_currency, target_micros, target_currency, rate)
    where a.id = c.id and a.exchange_rate is null
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
# Money came back from there: the member has to enter it again, which checks it again.
_RETIRE: Final = """
    update destination set state = 'removed', removed_at = $2
    where id = any($1) and state = 'active'
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
    if not changes:
        return
    await _write_attempts(changes, now=now)
    moved = [change for change in changes if change.payout is not change.item.payout_state]
    if moved:
        await execute(
            _PAYOUTS,
            [change.item.payout_id for change in moved],
            [change.payout.value for change in moved],
            [change.problem for change in moved],
            now,
            _CREDITED_VALUES,
        )
        await _retire(moved, now=now)
    jobs = [_bill(change.item) for change in moved if change.payout is PayoutState.PAID]
    jobs += [_step(change) for change in changes if change.next_step and not change.keeps_step]
    if jobs:
        await enqueue(jobs)
    transfers = await _transfers(moved, instance_id=instance_id)
    transfers += _late_costs(changes, instance_id=instance_id)
    transfers += _late_exchanges(changes, instance_id=instance_id)
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())


async def transfer_id(key: str) -> UUID:
    """Of a transfer that is certainly booked."""
    ((_, booked_as),) = await fetch(_BOOKED, [key])
    assert isinstance(booked_as, UUID)
    return booked_as


async def _write_attempts(changes: Sequence[Change], *, now: datetime) -> None:
    costs = [change.cost for change in changes]
    states = [change.provider_state for change in changes]
    await execute(
        _ATTEMPTS,
        now,
        [change.item.attempt_id for change in changes],
        [change.state.value for change in changes],
        [change.closed for change in changes],
        [change.frozen for change in changes],
        [change.is_resolved for change in changes],
        [change.provider_ref for change in changes],
        [change.provider_code for change in changes],
        [None if state is None else state_text(state) for state in states],
        [None if cost is None else cost.micros for cost in costs],
        [None if cost is None else cost.currency for cost in costs],
        [change.keeps_step for change in changes],
        [change.next_step for change in changes],
        [now + change.step_delay if change.next_step else None for change in changes],
    )
    exchanged = [
        (change.item.attempt_id, change.exchange)
        for change in changes
        if change.exchange is not None
        and (_is_late_exchange(change) or change.payout is not change.item.payout_state)
    ]
    if exchanged:
        await execute(
            _EXCHANGES,
            [attempt_id for attempt_id, _ in exchanged],
            [each.source.micros for _, each in exchanged],
            [each.source.currency for _, each in exchanged],
            [each.target.micros for _, each in exchanged],
            [each.target.currency for _, each in exchanged],
            [each.rate for _, each in exchanged],
        )


async def _retire(moved: Sequence[Change], *, now: datetime) -> None:
    """Destinations that had been paid and did not keep it."""
    bounced = {
        change.item.destination_id
        for change in moved
        if change.item.paid_at is not None and change.payout in BOUNCED
    }
    if bounced:
        await execute(_RETIRE, sorted(bounced), now)


def _require_move(change: Change) -> None:
    """Step by step: what the attempt makes of the payout, then where the payout goes on to."""
    if change.leaves_payout or change.is_resolved:
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


def _step(change: Change) -> JobRequest:
    return step_job(change.item.attempt_id, count=change.item.step_count, delay=change.step_delay)


def step_job(attempt_id: UUID, *, count: int, delay: timedelta = timedelta(0)) -> JobRequest:
    return JobRequest(
        name="payout_advance",
        arguments={"attempt_id": str(attempt_id)},
        once_key=f"{attempt_id}:{count}",
        delay=delay,
    )


async def _transfers(moved: Sequence[Change], *, instance_id: str) -> list[Transfer]:
    paid = [
        transfer
        for change in moved
        if change.payout is PayoutState.PAID
        for transfer in money.paid(
            payout_id=change.item.payout_id,
            worker_id=change.item.worker_id,
            item_ref=change.item.item_ref,
            sent=change.item.sent,
            cost=change.cost or Money(0, change.item.amount.currency),
            exchange=change.exchange,
            instance_id=instance_id,
        )
    ]
    back = [
        change
        for change in moved
        if change.payout in CREDITED and change.item.payout_state not in CREDITED
    ]
    return paid + await _credits(back, instance_id=instance_id)


def _late_costs(changes: Sequence[Change], *, instance_id: str) -> list[Transfer]:
    """Of all but those that become paid just now: their cost is booked with their E9."""
    return [
        money.cost_told_later(
            payout_id=change.item.payout_id,
            item_ref=change.item.item_ref,
            cost=change.cost,
            instance_id=instance_id,
        )
        for change in changes
        if change.cost is not None
        and change.cost.micros
        and not change.item.is_cost_known
        and not (change.payout is PayoutState.PAID and change.item.paid_at is None)
    ]


def _late_exchanges(changes: Sequence[Change], *, instance_id: str) -> list[Transfer]:
    """Of what is and stays paid: the others' is booked with their E9, or there is none to undo."""
    return [
        transfer
        for change in changes
        if _is_late_exchange(change) and change.exchange is not None
        for transfer in money.exchange_told_later(
            payout_id=change.item.payout_id,
            item_ref=change.item.item_ref,
            sent=change.item.sent,
            exchange=change.exchange,
            instance_id=instance_id,
        )
    ]


def _is_late_exchange(change: Change) -> bool:
    item = change.item
    return (
        change.exchange is not None
        and item.exchange is None
        and item.payout_state is PayoutState.PAID
        and change.payout is PayoutState.PAID
    )


async def _credits(changes: Sequence[Change], *, instance_id: str) -> list[Transfer]:
    keys = [key for change in changes for key in _original_keys(change.item)]
    booked = {row["idempotency_key"]: row["id"] for row in await fetch(_BOOKED, keys)}
    transfers = []
    for change in changes:
        item = change.item
        key, *exchanged = _original_keys(item)
        paid_by = None if item.paid_at is None else instance_id
        transfers.append(
            money.credited_back(
                payout_id=item.payout_id,
                worker_id=item.worker_id,
                amount=item.amount,
                fee=item.fee,
                paid_by=paid_by,
                reverses=booked[key],
                exchange=item.exchange,
            )
        )
        if exchanged and exchanged[0] in booked:
            assert item.exchange is not None
            transfers.append(
                money.exchanged_back(
                    payout_id=item.payout_id,
                    returned=(change.exchange or item.exchange).source,
                    paid_by=instance_id,
                    reverses=booked[exchanged[0]],
                )
            )
    return transfers


def _original_keys(item: Item) -> list[str]:
    if item.paid_at is None:
        return [money.requested_key(item.payout_id)]
    keys = [money.paid_key(item.item_ref)]
    return keys if item.exchange is None else [*keys, money.exchanged_key(item.item_ref)]
