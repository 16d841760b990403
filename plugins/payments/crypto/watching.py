"""What became of items, and what is done about those that do not move. Blocking, as `paying`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.money import Money
from domain.payouts.provider import (
    LookupAnswer,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
)
from domain.provider import NoAnswer, NotSent
from plugins.payments.crypto.account import Account, kept_state
from plugins.payments.crypto.chain import Facts, Mined, Numbers, read_facts, read_head, read_numbers
from plugins.payments.crypto.paying import hand_over
from plugins.payments.crypto.rpc import Node, Refused
from plugins.payments.crypto.states import ItemState, Purpose
from plugins.payments.crypto.transactions import amount_of, cost_of
from plugins.payments.crypto.verdicts import FINAL_CODES, Step, Verdict, verdict_on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    account: Account
    node: Node
    numbers: Numbers
    now: datetime


def look_up(account: Account, batch: PayoutBatch, *, now: datetime) -> LookupAnswer:
    try:
        return _look_up(account, batch, now=now)
    except Refused as refused:
        raise NoAnswer(str(refused)) from refused


def _look_up(account: Account, batch: PayoutBatch, *, now: datetime) -> LookupAnswer:
    states = {item.item_ref: kept_state(item, batch) for item in batch.items}
    known = {ref: state for ref, state in states.items() if state is not None}
    node = account.nodes.first()
    look = _Look(
        account=account,
        node=node,
        numbers=read_numbers(node, owner=account.address, config=account.config),
        now=now,
    )
    facts = read_facts(
        node, {ref: [each.hash for each in state.signed] for ref, state in known.items()}
    )
    found = []
    missing = [ref for ref, state in states.items() if state is None]  # it was never signed
    for item in batch.items:
        if item.item_ref not in known:
            continue
        observation = _observe(look, item, known[item.item_ref], facts[item.item_ref])
        if observation is None:
            missing.append(item.item_ref)
        else:
            found.append(observation)
    return LookupAnswer(found=tuple(found), missing=tuple(missing))


def _observe(look: _Look, item: PayoutItem, state: ItemState, facts: Facts) -> Observation | None:
    """None when the chain has never heard of it and its number is free."""
    state = state.with_sent(facts.pool)
    verdict = verdict_on(
        state, facts, look.numbers, stuck_after=look.account.config.stuck_after, now=look.now
    )
    if verdict.is_missing:
        return None
    if facts.mined is not None:
        return _observe_mined(look.account, item, state, facts.mined, verdict)
    if verdict.wants_bump:
        state, verdict = _bump(look, item, state, verdict)
    return Observation(
        item_ref=item.item_ref,
        state=verdict.state,
        provider_ref=state.newest.hash,
        provider_code=verdict.code,
        next_step=verdict.step,
        provider_state=state.kept(),
        is_for_people=verdict.is_for_people,
    )


def _observe_mined(
    account: Account, item: PayoutItem, state: ItemState, mined: Mined, verdict: Verdict
) -> Observation:
    observation = Observation(
        item_ref=item.item_ref,
        state=verdict.state,
        provider_ref=mined.hash,
        provider_code=verdict.code,
        provider_state=state.with_sent(frozenset({mined.hash})).kept(),
    )
    if verdict.code not in FINAL_CODES:
        return replace(observation, amount=_moved(account, item, mined))
    rate = account.config.native_price
    cost = {
        "gas_wei": str(mined.wei),
        "gas_rate": rate.usd,
        "gas_rate_at": rate.at.isoformat(),
    }
    observation = replace(
        observation,
        fee=cost_of(mined.wei, rate=rate.usd),
        occurred_at=mined.at,
        provider_state=replace(state, cost=cost).with_sent(frozenset({mined.hash})).kept(),
    )
    if verdict.state is not ObservedState.PAID:
        return observation
    amount = _moved(account, item, mined)
    if amount is None:
        return replace(
            observation, state=None, provider_code="NO_SUCH_TRANSFER", is_for_people=True
        )
    return replace(observation, amount=amount)


def _moved(account: Account, item: PayoutItem, mined: Mined) -> Money | None:
    """By the token's own log, from us to them; None where there is none."""
    units = mined.units_sent(
        token=account.token, owner=account.address, to=account.payee(item.destination)
    )
    return None if units is None else amount_of(units, decimals=account.config.decimals)


def _bump(
    look: _Look, item: PayoutItem, state: ItemState, verdict: Verdict
) -> tuple[ItemState, Verdict]:
    """Sign what pays more, so that its hash is committed before `advance` broadcasts it."""
    account, newest = look.account, state.newest
    fees = account.fees_above(newest.fees, head=look.numbers.head)
    if fees is None:
        return state, replace(verdict, code="FEE_CAP_REACHED", step=None)
    call = (
        account.void_call()
        if newest.purpose is Purpose.VOID
        else account.payment_call(item, to=account.payee(item.destination))
    )
    state = account.sign(state, call, purpose=newest.purpose, fees=fees, now=look.now)
    return state, verdict


def advance(account: Account, item: PayoutItem, step: str, *, now: datetime) -> Observation:
    """Broadcast the newest transaction; for `VOID`, one that moves nothing, signed if need be."""
    state = kept_state(item)
    if Step(step) is Step.VOID:
        state = _voided(account, item, state, now=now)
        if state.newest.purpose is not Purpose.VOID:
            return _too_dear(item, state)  # the payment must not go out instead
    if state is None:
        raise NotSent(f"{item.item_ref} has not been prepared")
    is_there = hand_over(account, state)
    sent = frozenset({state.newest.hash}) if is_there else frozenset[str]()
    return Observation(
        item_ref=item.item_ref,
        state=ObservedState.PENDING,
        provider_ref=state.newest.hash,
        provider_code="SENT" if is_there else "REFUSED_BY_NODE",
        provider_state=state.with_sent(sent).kept(),
    )


def cancel(account: Account, item: PayoutItem, *, now: datetime) -> Observation:
    """Signs only. The step that broadcasts it comes after its hash is committed; until then,
    and for as long as the payment is not replaced, either of them may be mined.
    """
    state = _voided(account, item, kept_state(item), now=now)
    if state.newest.purpose is not Purpose.VOID:
        return _too_dear(item, state)
    return Observation(
        item_ref=item.item_ref,
        state=ObservedState.PENDING,
        provider_ref=state.newest.hash,
        provider_code="VOIDING",
        next_step=Step.VOID,
        provider_state=state.kept(),
    )


def _too_dear(item: PayoutItem, state: ItemState) -> Observation:
    return Observation(
        item_ref=item.item_ref,
        state=ObservedState.PENDING,
        provider_ref=state.newest.hash,
        provider_code="FEE_CAP_REACHED",
        provider_state=state.kept(),
    )


def _voided(
    account: Account, item: PayoutItem, state: ItemState | None, *, now: datetime
) -> ItemState:
    """With a transaction that only uses the number up as the newest one, if we pay that much."""
    if state is not None and state.newest.purpose is Purpose.VOID:
        return state
    try:
        node = account.nodes.first()
        head = read_head(node)
        assert head is not None, "a chain has a latest block"
        gas = account.void_gas(node)
        if state is None:
            fees = account.fees_now(node, head=head)
            state = ItemState(nonce=account.nonce_of(item), gas=gas, signed=(), signed_at=now)
        elif not state.was_sent:
            fees = account.fees_now(node, head=head)
        else:
            above = account.fees_above(state.newest.fees, head=head)
            if above is None:
                return state
            fees = above
    except Refused as refused:
        raise NotSent(f"the chain could not be read: {refused}") from refused
    void = replace(state, gas=gas)
    return account.sign(void, account.void_call(), purpose=Purpose.VOID, fees=fees, now=now)
