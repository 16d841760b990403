"""Failure 16: the provider moves another amount or currency, or exchanges at its own rate.

What it says is compared with what we asked: a difference freezes. A sound exchange is kept with
its rate, and a quote that has expired is refused.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.database import fetch_value
from domain.money import Money
from domain.payouts import operations
from domain.payouts.operations import QuoteExpired
from domain.payouts.provider import ObservedState
from domain.payouts.rules import FrozenReason, PayoutState
from domain.provider import Exchange
from domain.routing.provider import FeePayer
from domain.routing.rules import Rule
from tests.make.payouts import House, attempts, eur, money_of, payout
from tests.make.providers import accepted
from tests.make.rail import Rail, all_of
from tests.make.routing import directory, in_force, priced

pytestmark = pytest.mark.asyncio

PAID = ObservedState.PAID


def exchange(rate: str) -> Exchange:
    return Exchange(source=Money(7_700_000, "USD"), target=eur("7.00"), rate=Decimal(rate))


@pytest.mark.parametrize(
    "said",
    [
        {"amount": eur("7.01")},
        {"amount": eur("6.99")},
        {"amount": Money(7_000_000, "USD")},
        {"amount": Money(7_700_000, "USD"), "exchange": exchange("0.5")},
    ],
    ids=["more", "less", "another currency", "a rate that does not give it"],
)
async def test_a_difference_freezes(house: House, said: dict[str, Any]) -> None:
    """Nothing is booked, nothing is sent again: two people decide."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(batch_id, all_of(PAID, **said))
    await rail.look_up(batch_id, all_of(PAID))

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.MISMATCH
    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_the_rate_is_kept(house: House) -> None:
    """What left our balance in dollars, at the rate that gives what the worker got."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(batch_id, all_of(PAID, exchange=exchange("0.909091")))

    assert (await payout(payout_id)).state is PayoutState.PAID
    rate = await fetch_value(
        "select exchange_rate from payout_attempt where payout_id = $1", payout_id
    )
    assert rate == Decimal("0.909091")


async def test_an_expired_quote_is_refused(house: House) -> None:
    """The fee that the worker agreed to is good for minutes, not for a day."""
    payee = await house.payee()
    house.providers = directory({"rail": priced("0.50")})
    rule = Rule(name="worker pays", providers=("rail",), fee_payer=FeePayer.MEMBER, hold_hours=0)
    async with in_force(house.world, rule):
        quote = await operations.quote_payout(
            worker_id=payee.id,
            amount=eur("7.00"),
            destination_id=payee.destination_id,
            providers=house.providers,
            now=house.clock(),
        )
        house.wait(timedelta(days=1))
        agreed = operations.AgreedFee(
            destination_id=payee.destination_id,
            amount=quote.amount,
            fee=quote.fee,
            expires_at=quote.expires_at,
        )
        with pytest.raises(QuoteExpired):
            await operations.request_payout(
                worker_id=payee.id,
                amount=quote.amount,
                destination_id=payee.destination_id,
                step_up=await house.consent(payee, quote.amount),
                key=house.world.key(payee.id),
                agreed=agreed,
                providers=house.providers,
                new_id=house.world.new_id,
                now=house.clock(),
            )
