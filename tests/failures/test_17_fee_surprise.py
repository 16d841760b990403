"""Failure 17: the provider takes a fee that nobody expected.

Fees have an account of their own and never freeze a payment: the worker is paid all the same.
One above what was quoted, or above the payment, is an alert; one that no book can hold is not
booked, and stays an open line of the statement. The worker pays what was agreed, never more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.money import AMOUNT_MICROS_MAX, Money
from domain.payouts import queries
from domain.payouts.provider import ObservedState, PayoutBatch
from domain.payouts.rules import PayoutState
from domain.routing.rules import Rule
from gateway.fee_watch import watch_fees
from tests.failures.books import fees_booked
from tests.make.payouts import House, attempts, eur, money_of, payout
from tests.make.providers import accepted
from tests.make.rail import Rail, all_of
from tests.make.routing import directory, in_force, priced

pytestmark = pytest.mark.asyncio

PAID = ObservedState.PAID


async def test_a_fee_above_the_payment_is_booked_and_told(house: House) -> None:
    """Eight euros to send seven: the worker has them, the expense is ours, somebody hears of it."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(batch_id, all_of(PAID, amount=eur("7.00"), fee=eur("8.00")))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert await fees_booked(payout_id) == [("EUR", 8_000_000)]
    (attempt,) = await attempts(payout_id)
    with capture_logs() as logs:
        await watch_fees(now=house.clock())
    assert str(attempt.id) in {each["attempt"] for each in logs}


@pytest.mark.parametrize(
    "fee",
    [Money(-1, "EUR"), Money(1, "XAU"), Money(AMOUNT_MICROS_MAX + 1, "USD")],
    ids=["below zero", "in no currency of ours", "beyond every book"],
)
async def test_a_fee_that_cannot_be_booked_freezes_nothing(house: House, fee: Money) -> None:
    """The payment is what it is; the fee is told to people and not booked."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)

    with capture_logs() as logs:
        await rail.look_up(batch_id, all_of(PAID, amount=eur("7.00"), fee=fee))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert await fees_booked(payout_id) == []
    assert [each for each in logs if each["event"] == "provider.fee.impossible"]
    assert await queries.audit() == []


@pytest.mark.parametrize(("fee", "is_told"), [("0.50", False), ("0.60", False), ("0.80", True)])
async def test_more_than_was_quoted_is_told(house: House, fee: str, *, is_told: bool) -> None:
    """Half as much again is tolerated: quotes are estimates."""
    payee = await house.payee()
    provider = priced("0.50")
    house.providers = directory({"rail": provider})
    rule = Rule(name="cheapest", providers=("rail",), hold_hours=0)
    async with in_force(house.world, rule):
        payout_id = (await house.request(payee)).payout_id
        batch_id = await house.route(payout_id)

    async def script(batch: PayoutBatch) -> Any:
        is_send = provider.calls[-1] == "send"
        return accepted(batch) if is_send else all_of(PAID, fee=eur(fee))(batch)

    provider.script = script
    await house.send(batch_id)
    await house.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    (attempt,) = await attempts(payout_id)
    since = house.clock() - timedelta(hours=1)
    found = {each.attempt_id for each in await queries.high_fees(since=since)}
    assert (attempt.id in found) is is_told


async def test_what_a_failed_payment_cost_is_an_expense(house: House) -> None:
    """Providers charge for some payments that they could not make; the worker has it all back."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)

    for _ in range(2):
        await rail.look_up(batch_id, all_of(ObservedState.FAILED, fee=eur("0.35")))

    assert (await payout(payout_id)).state is PayoutState.FAILED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    assert await fees_booked(payout_id) == [("EUR", 350_000)]
    assert await queries.audit() == []


async def test_a_failed_payment_that_cost_nothing_books_nothing(house: House) -> None:
    """A fee of zero is no transfer."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(batch_id, all_of(ObservedState.CANCELLED, fee=eur("0")))

    assert (await payout(payout_id)).state is PayoutState.CANCELLED
    assert await fees_booked(payout_id) == []
    assert await queries.audit() == []
