"""Moves a deposit one step and books it, inside one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.deposits import queries
from domain.deposits.operations import money
from domain.deposits.provider import DepositObservation
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import (
    CREDITED,
    FROZEN,
    OPEN,
    DepositState,
    RefundState,
    has_grown,
    is_plausible_fee,
    may_move,
    net_of,
    next_state,
    unknown_refund,
)
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.ledger import operations as ledger
from domain.ledger import queries as balances
from domain.ledger.operations import NewHold
from domain.ledger.rules import Transfer
from domain.money import Money

UNDER_WAY: Final = frozenset(RefundState) - {RefundState.DONE, RefundState.FAILED}

_SAVE: Final = """
    update deposit
    set state = $2, provider_ref = coalesce($3, provider_ref), failure = $4,
        arrived_micros = coalesce($5, arrived_micros),
        arrived_currency = coalesce($6, arrived_currency), fee_micros = coalesce($7, fee_micros)
    where id = $1
"""
_DROP: Final = """
    update deposit_decision set dropped_at = $2
    where deposit_id = $1 and agreed_at is null and dropped_at is null
"""
_CREDIT: Final = """
    update deposit set state = 'settled', failure = null, credited_micros = $2, fee_micros = $3,
           settled_at = coalesce(settled_at, $4)
    where id = $1
"""
_DISPUTE: Final = """
    update deposit set disputed_micros = $2, dispute_count = dispute_count + 1,
           dispute_hold_id = $3
    where id = $1
"""
_DISPUTE_TOO: Final = """
    update deposit set disputed_micros = $2, dispute_hold_id = $3 where id = $1
"""
_RULED: Final = """
    update deposit set disputed_micros = null, dispute_hold_id = null,
           lost_micros = lost_micros + $2
    where id = $1
"""
_REFUNDED: Final = "update deposit set refunded_micros = refunded_micros + $2 where id = $1"


@one_transaction
async def take_step(
    *,
    asked: DepositRecord,
    observation: DepositObservation | None,
    new_id: NewId,
    now: datetime,
) -> bool:
    """Whether it moved, so that there may be another step."""
    deposit = await queries.locked_deposit(deposit_id=asked.id)
    is_late = deposit.look_up_count != asked.look_up_count
    if is_late and deposit.state not in OPEN:
        return False  # a later look-up has seen more than this one
    observation = net_of(observation, dismissed=deposit.dismissed)
    if observation is None:
        return False
    under_way = await _under_way(deposit)
    unknown = unknown_refund(
        observation=observation, credited=deposit.credited, known=deposit.refunded + under_way
    )
    state = next_state(
        current=deposit.state,
        observation=observation,
        asked=deposit.amount,
        unknown_refund=unknown,
        was_disputed=deposit.dispute_count > 0,
        arrived=deposit.arrived,
    )
    is_more = deposit.state in FROZEN and has_grown(observation, arrived=deposit.arrived)
    if state is deposit.state and unknown.micros == 0 and not is_more:
        return False
    if is_more:
        await execute(_DROP, deposit.id, now)  # what was proposed was about less
    assert may_move(source=deposit.state, target=state), (deposit.state, state)
    await _note(deposit, state=state, observation=observation)
    transfers = await _transfers(
        deposit, state=state, observation=observation, unknown=unknown, new_id=new_id, now=now
    )
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())
    return state is not deposit.state


async def credit(
    deposit: DepositRecord, *, amount: Money, cost: Money, actor_id: UUID | None, now: datetime
) -> Transfer:
    """The one place where a deposit becomes spendable; its key is without state, so once."""
    assert in_transaction()
    await execute(_CREDIT, deposit.id, amount.micros, cost.micros, now)
    return money.settled(
        deposit_id=deposit.id,
        deposit_ref=deposit.deposit_ref,
        employer_id=deposit.employer_id,
        amount=amount,
        cost=cost,
        instance_id=deposit.instance_id,
        actor_id=actor_id,
    )


async def _note(
    deposit: DepositRecord, *, state: DepositState, observation: DepositObservation
) -> None:
    came, fee = observation.amount, observation.fee
    if deposit.state in CREDITED:
        came = None  # more than was credited is nobody's yet: `arrivals` books it
    knows_fee = fee is not None and is_plausible_fee(fee, amount=deposit.amount)
    await execute(
        _SAVE,
        deposit.id,
        state.value,
        observation.provider_ref,
        None if state is DepositState.SETTLED else observation.provider_code,
        None if came is None else came.micros,
        None if came is None else came.currency,
        fee.micros if fee is not None and knows_fee else None,
    )


async def _transfers(
    deposit: DepositRecord,
    *,
    state: DepositState,
    observation: DepositObservation,
    unknown: Money,
    new_id: NewId,
    now: datetime,
) -> list[Transfer]:
    match state:
        case DepositState.SETTLED if deposit.state in OPEN | FROZEN:
            cost = observation.fee or Money(0, deposit.amount.currency)
            amount = deposit.amount
            return [await credit(deposit, amount=amount, cost=cost, actor_id=None, now=now)]
        case DepositState.DISPUTED:
            return await _open_dispute(deposit, new_id=new_id, now=now)
        case DepositState.WON if deposit.state is DepositState.DISPUTED:
            return await _win(deposit)
        case DepositState.LOST:
            return await _lose(deposit)
        case _ if unknown.micros > 0:
            return [await _refund_elsewhere(deposit, amount=unknown)]
    return []


async def dispute_too(
    deposit: DepositRecord, *, amount: Money, refund_ref: str, new_id: NewId, now: datetime
) -> list[Transfer]:
    """A refund has failed: what it kept aside was no part of the dispute, and is one now.

    Its money is freed already. Whoever won has all of it back.
    """
    part, no = f":{refund_ref}", deposit.dispute_count
    if deposit.state is DepositState.DISPUTED:
        assert deposit.disputed is not None
        if deposit.dispute_hold_id is not None:
            await ledger.void_hold(hold_id=deposit.dispute_hold_id)
        whole = deposit.disputed + amount
        hold_id = await _keep_aside(deposit, amount=whole, no=no, part=part, new_id=new_id, now=now)
        await execute(_DISPUTE_TOO, deposit.id, whole.micros, hold_id)
        return [money.disputed(deposit, amount=amount, dispute_no=no, part=part)]
    if deposit.state is DepositState.LOST:
        there = await _there(deposit)
        await execute(_RULED, deposit.id, amount.micros)
        return [
            money.disputed(deposit, amount=amount, dispute_no=no, part=part),
            money.lost(deposit, amount=amount, there=there, dispute_no=no, part=part),
        ]
    return []


async def _open_dispute(deposit: DepositRecord, *, new_id: NewId, now: datetime) -> list[Transfer]:
    """What the employer still has is kept back until the ruling."""
    no = deposit.dispute_count + 1
    amount = deposit.left - await _under_way(deposit)
    if await _there(deposit) < amount:
        await _ask_for_pauses(deposit, no=no)
    hold_id = await _keep_aside(deposit, amount=amount, no=no, new_id=new_id, now=now)
    await execute(_DISPUTE, deposit.id, amount.micros, hold_id)
    return [money.disputed(deposit, amount=amount, dispute_no=no)] if amount.micros else []


async def _ask_for_pauses(deposit: DepositRecord, *, no: int) -> None:
    """A part of what is taken back lies in campaigns. By a job: they are locked before accounts."""
    arguments = {"employer_id": str(deposit.employer_id), "currency": deposit.amount.currency}
    once_key = f"{deposit.deposit_ref} dispute {no}"
    await enqueue([JobRequest(name="campaign_pause", arguments=arguments, once_key=once_key)])


async def _keep_aside(
    deposit: DepositRecord,
    *,
    amount: Money,
    no: int,
    new_id: NewId,
    now: datetime,
    part: str = "",
) -> UUID | None:
    """As much of it as the employer still has."""
    held = min(amount, await _there(deposit))
    if held.micros == 0:
        return None
    hold = NewHold(
        account=money.available(deposit),
        amount=held,
        reason="deposit disputed",
        key=f"deposit:{deposit.deposit_ref}:dispute:{no}:hold{part}",
    )
    return await ledger.place_hold(hold=hold, new_id=new_id, now=now)


async def _win(deposit: DepositRecord) -> list[Transfer]:
    assert deposit.disputed is not None
    if deposit.dispute_hold_id is not None:
        await ledger.void_hold(hold_id=deposit.dispute_hold_id)
    key = money.disputed_key(deposit, dispute_no=deposit.dispute_count)
    reverses = await fetch_value("select id from ledger_transfer where idempotency_key = $1", key)
    await execute(_RULED, deposit.id, 0)
    if deposit.disputed.micros == 0:
        return []
    return [
        money.won(
            deposit, amount=deposit.disputed, dispute_no=deposit.dispute_count, reverses=reverses
        )
    ]


async def _lose(deposit: DepositRecord) -> list[Transfer]:
    assert deposit.disputed is not None
    if deposit.dispute_hold_id is not None:
        await ledger.void_hold(hold_id=deposit.dispute_hold_id)
    there = await _there(deposit)
    await execute(_RULED, deposit.id, deposit.disputed.micros)
    if deposit.disputed.micros == 0:
        return []
    return [
        money.lost(deposit, amount=deposit.disputed, there=there, dispute_no=deposit.dispute_count)
    ]


async def _refund_elsewhere(deposit: DepositRecord, *, amount: Money) -> Transfer:
    await execute(_REFUNDED, deposit.id, amount.micros)
    total = deposit.refunded + amount
    there = await _there(deposit)
    return money.refunded_elsewhere(deposit, amount=amount, there=there, total=total)


async def _there(deposit: DepositRecord) -> Money:
    """Locked until the end, so that nobody spends it meanwhile."""
    account, currency = money.available(deposit), deposit.amount.currency
    await ledger.lock_account(account=account, currency=currency)
    found = await balances.available(account=account, currency=currency)
    return max(found, Money(0, currency))


async def _under_way(deposit: DepositRecord) -> Money:
    """Refunds that we have asked for, and that the provider may or may not count already."""
    refunds = (await queries.refunds_of(deposit_ids=[deposit.id]))[deposit.id]
    micros = sum(each.amount.micros for each in refunds if each.state in UNDER_WAY)
    return Money(micros, deposit.amount.currency)
