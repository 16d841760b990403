"""Failure 10: a part of a batch fails, or an item is missing from the answer.

Each item has its own state; what the answer does not name is UNKNOWN; the state of the batch is
copied to nobody.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.payouts.provider import PayoutBatch, SendOutcome
from domain.payouts.rules import PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import House, money_of, payout
from tests.make.providers import accepted
from tests.make.rail import Rail

pytestmark = pytest.mark.asyncio


async def test_each_payment_ends_for_itself(paypal: OnlineHouse) -> None:
    """PayPal calls the batch a SUCCESS while one payment failed and two wait."""
    names = ("worker", "failed", "pending", "unclaimed")
    payees, ids, batch_id = await paypal.sent_to(*names)

    await paypal.look_up(batch_id)

    assert [(await payout(each)).state for each in ids] == [
        PayoutState.PAID,
        PayoutState.FAILED,
        PayoutState.PENDING,
        PayoutState.UNCLAIMED,
    ]
    left = [(await money_of(each.id))[0].micros // 1_000_000 for each in payees]
    assert left == [3, 10, 3, 3]


async def test_one_wrong_address_sends_the_others_in_another_batch(paypal: OnlineHouse) -> None:
    """PayPal refuses the whole call and names the item: the others are paid all the same."""
    _, ids, batch_id = await paypal.sent_to("worker", "invalid", "other")
    assert (await payout(ids[1])).state is PayoutState.FAILED

    second_id = await paypal.route(ids[0])
    assert second_id != batch_id
    await paypal.send(second_id)
    await paypal.look_up(second_id)

    assert [(await payout(each)).state for each in ids] == [
        PayoutState.PAID,
        PayoutState.FAILED,
        PayoutState.PAID,
    ]
    assert len(paypal.simulator.effects()) == 2


async def test_who_is_not_named_is_unknown(house: House) -> None:
    """An answer about two of three says nothing about the third."""

    def all_but_the_last(batch: PayoutBatch) -> SendOutcome:
        outcome = accepted(batch)
        return replace(outcome, items=outcome.items[:-1])

    _, ids, _ = await Rail(house).sent(all_but_the_last, count=3)

    states = sorted([(await payout(each)).state for each in ids])
    assert states == [PayoutState.PENDING, PayoutState.PENDING, PayoutState.UNKNOWN]
