"""Signs what a batch broadcasts, and broadcasts it. Blocking: called in the instance's threads."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.payouts.provider import (
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
    Prepared,
    SendOutcome,
)
from domain.provider import (
    BatchRefused,
    ConfigError,
    InsufficientFunds,
    ItemProblem,
    NotSent,
    OutcomeUnknown,
    ProviderError,
)
from plugins.payments.crypto.account import (
    MESSAGES,
    Account,
    is_contract,
    kept_state,
    require_decimals,
)
from plugins.payments.crypto.chain import number_of, read_head
from plugins.payments.crypto.ethereum import BadAddress
from plugins.payments.crypto.rpc import Ask, Node, Refused
from plugins.payments.crypto.states import ItemState, Purpose
from plugins.payments.crypto.transactions import (
    Fees,
    balance_call,
    gas_limit_of,
    units_of,
)

UNPAYABLE: Final = "The token does not let this address be paid."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payment:
    item: PayoutItem
    nonce: int
    call: dict[str, Any]


def prepare(account: Account, batch: PayoutBatch, *, now: datetime) -> Prepared:
    """Reads, then signs. Raises only what says that nothing was sent."""
    try:
        return _prepare(account, batch, now=now)
    except (OutcomeUnknown, Refused) as error:
        raise NotSent(f"the chain could not be read: {error}") from error


def _prepare(account: Account, batch: PayoutBatch, *, now: datetime) -> Prepared:
    payments = [_payment(account, item) for item in batch.items]
    node = account.nodes.first()
    require_decimals(node, token=account.token, config=account.config)
    head = read_head(node)
    assert head is not None, "a chain has a latest block"
    fees = account.fees_now(node, head=head)
    _require_unused(account, node, payments)
    _require_tokens(account, node, batch.items)
    gas = _preflight(account, node, payments)
    _require_gas(account, node, gas=sum(gas), fees=fees)
    states = {
        payment.item.item_ref: account.sign(
            ItemState(nonce=payment.nonce, gas=limit, signed=(), signed_at=now),
            payment.call,
            purpose=Purpose.PAYMENT,
            fees=fees,
            now=now,
        ).kept()
        for payment, limit in zip(payments, gas, strict=True)
    }
    payload = json.dumps(states, sort_keys=True, separators=(",", ":")).encode()
    return Prepared(payload=payload, item_states=states)


def broadcast(account: Account, batch: PayoutBatch, *, stop_at: float) -> SendOutcome:
    """One by one, in the order of their numbers. Who has no answer in time becomes unknown.

    Raises only while none of them has been handed to a node.
    """
    observed: list[Observation] = []
    is_untouched = True
    for item, state in _in_order(batch):
        if time.monotonic() >= stop_at:
            break
        try:
            is_there = hand_over(account, state)
        except ProviderError:
            if is_untouched:
                raise
            break
        is_untouched = False
        if is_there:
            observed.append(accepted(item, state))
    return SendOutcome(items=tuple(observed))


def hand_over(account: Account, state: ItemState) -> bool:
    """Whether the node has the newest transaction now. False: only a look-up can tell.

    Raises a `ProviderError`, by what is known of the request.
    """
    try:
        account.nodes.broadcast(state.newest.raw)
    except Refused as refused:
        if _has_it(account, state.newest.hash):
            return True
        if "insufficient funds" in refused.said:
            raise InsufficientFunds("the paying account cannot pay for gas") from refused
        return False
    return True


def accepted(item: PayoutItem, state: ItemState) -> Observation:
    return Observation(
        item_ref=item.item_ref,
        state=ObservedState.ACCEPTED,
        provider_ref=state.newest.hash,
        provider_state=state.with_sent(frozenset({state.newest.hash})).kept(),
    )


def _has_it(account: Account, hash_: str) -> bool:
    """Nodes say "already known" in many ways, and mean the same by a hash."""
    try:
        return account.nodes.first().ask("eth_getTransactionByHash", hash_) is not None
    except (ProviderError, Refused):
        return False


def _in_order(batch: PayoutBatch) -> list[tuple[PayoutItem, ItemState]]:
    found = []
    for item in batch.items:
        state = kept_state(item, batch)
        if state is None:
            raise NotSent(f"{item.item_ref} has not been prepared")
        found.append((item, state))
    return sorted(found, key=lambda pair: pair[1].nonce)


def _payment(account: Account, item: PayoutItem) -> _Payment:
    nonce = account.nonce_of(item)
    try:
        to = account.payee(item.destination)
    except BadAddress as error:
        code = str(error)
        problem = ItemProblem(item_ref=item.item_ref, code=code, message=MESSAGES[code])
        raise BatchRefused(problems=(problem,)) from error
    return _Payment(item=item, nonce=nonce, call=account.payment_call(item, to=to))


def _require_unused(account: Account, node: Node, payments: Sequence[_Payment]) -> None:
    """A payment under a used number would never be mined, and wait for people in the end."""
    count = number_of(node.ask("eth_getTransactionCount", account.address, "latest"))
    used = [payment.nonce for payment in payments if payment.nonce < count]
    if used:
        raise ConfigError(
            f"the account is at nonce {count}, a payment would have {min(used)}: first_nonce is "
            "wrong, or somebody else pays from this account"
        )


def _require_tokens(account: Account, node: Node, items: Sequence[PayoutItem]) -> None:
    call = balance_call(token=account.token, owner=account.address)
    held = number_of(node.ask("eth_call", call, "latest"))
    needed = sum(units_of(item.amount, decimals=account.config.decimals) for item in items)
    if held < needed:
        raise InsufficientFunds("the paying account holds too few tokens")


def _require_gas(account: Account, node: Node, *, gas: int, fees: Fees) -> None:
    held = number_of(node.ask("eth_getBalance", account.address, "latest"))
    if held < gas * fees.max_fee:
        raise InsufficientFunds("the paying account cannot pay for gas")


def _preflight(account: Account, node: Node, payments: Sequence[_Payment]) -> list[int]:
    """The gas of each. Raises `BatchRefused` for contracts and for whom the token refuses."""
    addresses = [account.payee(payment.item.destination) for payment in payments]
    codes = node.ask_all([Ask("eth_getCode", (address, "latest")) for address in addresses])
    estimates = node.ask_all([Ask("eth_estimateGas", (payment.call,)) for payment in payments])
    problems = []
    limits = []
    for payment, code, estimate in zip(payments, codes, estimates, strict=True):
        if isinstance(code, Refused):
            raise code
        if is_contract(code):
            problems.append(_problem(payment, "contract", MESSAGES["contract"]))
        elif isinstance(estimate, Refused):
            if "revert" not in estimate.said:
                raise estimate
            problems.append(_problem(payment, "token_refuses", UNPAYABLE))
        else:
            limits.append(gas_limit_of(number_of(estimate), cap=account.config.gas_limit_max))
    if problems:
        raise BatchRefused(problems=tuple(problems))
    return limits


def _problem(payment: _Payment, code: str, message: str) -> ItemProblem:
    return ItemProblem(item_ref=payment.item.item_ref, code=code, message=message)
