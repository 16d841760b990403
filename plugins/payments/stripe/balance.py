"""Balances at Stripe (v1): our own, and a connected account's."""

from __future__ import annotations

from typing import Any

from domain.money import Money
from domain.provider import Health, HealthStatus, InsufficientFunds
from plugins.payments.stripe.answers import Balance, moved
from plugins.payments.stripe.client import StripeCalls
from plugins.payments.stripe.currencies import CURRENCIES


async def health_of(calls: StripeCalls) -> Health:
    balance = await calls.read(lambda client: client.v1.balance.retrieve(), Balance)
    return Health(
        status=HealthStatus.OK,
        balances=tuple(
            moved(each.amount, each.currency)
            for each in balance.available
            if each.currency.upper() in CURRENCIES
        ),
    )


async def require_funds(calls: StripeCalls, amount: Money, *, account: str | None = None) -> None:
    """Before a call whose "not enough" v1 would repeat for its key, for a day after the top-up."""
    options: dict[str, Any] = {} if account is None else {"stripe_account": account}
    balance = await calls.prepare(lambda client: client.v1.balance.retrieve({}, options), Balance)
    available = sum(
        moved(each.amount, each.currency).micros
        for each in balance.available
        if each.currency.upper() == amount.currency
    )
    if available < amount.micros:
        raise InsufficientFunds("the balance is too low", code="balance_insufficient")
