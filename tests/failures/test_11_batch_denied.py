"""Failure 11: the provider takes a batch and then denies all of it.

Items fail only when a look-up says so of each; then the money is back, once.
"""

from __future__ import annotations

import pytest

from domain.payouts.rules import PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import eur, money_of, payout

pytestmark = pytest.mark.asyncio


async def test_the_money_is_back_once(paypal: OnlineHouse) -> None:
    """The webhook says DENIED of the batch: it moves nothing, the look-up does, and only once."""
    payees, ids, batch_id = await paypal.sent_to("worker", "denied")
    assert set(await paypal.deliver()) == {200}
    await paypal.handle_events()
    assert {(await payout(each)).state for each in ids} == {PayoutState.PENDING}

    for _ in range(3):
        await paypal.look_up(batch_id)

    assert {(await payout(each)).state for each in ids} == {PayoutState.FAILED}
    assert [await money_of(each.id) for each in payees] == [(eur("10.00"), eur("0"))] * 2
    assert paypal.simulator.effects() == []
