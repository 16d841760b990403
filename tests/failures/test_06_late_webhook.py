"""Failure 6: a webhook is late, or older news comes after newer.

News only makes us look, and what was seen already is joined: PAID after RETURNED changes nothing.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.payouts.provider import ObservedState
from domain.payouts.rules import FrozenReason, PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import House, attempts, eur, money_of, payout
from tests.make.providers import accepted
from tests.make.rail import Rail, all_of

pytestmark = pytest.mark.asyncio


async def test_the_newest_first_ends_the_same(paypal: OnlineHouse) -> None:
    """Paid, then returned; the news of "paid" comes last and moves nothing."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)
    (attempt,) = await attempts(payout_id)
    paypal.simulator.decide(attempt.item_ref, "RETURNED")
    paypal.simulator.events.reorder = True

    for event in paypal.simulator.events.take():
        assert await paypal.knock(event) == 200
        await paypal.handle_events()
        await paypal.look_up(batch_id, after=timedelta(seconds=31))

    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_paid_after_returned_is_no_news(house: House) -> None:
    """A look-up that reads an old copy says "paid" again: credited once, and it stays so."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)

    states = (ObservedState.PAID, ObservedState.RETURNED, ObservedState.PAID)
    for state in states:
        await rail.look_up(batch_id, all_of(state))

    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_what_this_provider_cannot_say_is_for_people(house: House) -> None:
    """Its manifest rules out "refunded" after "paid": frozen, nothing is booked."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)
    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    await rail.look_up(batch_id, all_of(ObservedState.REFUNDED))

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.CONFLICT
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
