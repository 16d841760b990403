"""Failure 2: we crash between the committed intent and the send.

When the lease ends the batch is looked up; once it is confirmed to be missing, the same
reference is sent.
"""

from __future__ import annotations

import asyncio

import pytest

from domain.payouts.rules import PayoutState
from tests.make.dying import DiesBeforeSending, dying
from tests.make.online import SETTLED, OnlineHouse
from tests.make.payouts import attempts, payout

pytestmark = pytest.mark.asyncio


async def test_nothing_is_sent_before_the_service_was_asked(paypal: OnlineHouse) -> None:
    """Nobody can tell from here whether a byte left, so nobody sends until two look-ups agree."""
    _, (payout_id,), batch_id = await paypal.batch_to("worker")
    (first,) = await attempts(payout_id)
    paypal.providers = dying(paypal, DiesBeforeSending, instance_id=paypal.instance_id)
    with pytest.raises(asyncio.CancelledError):
        await paypal.send(batch_id)
    paypal.providers = paypal.opened.payouts
    await paypal.send(batch_id)
    await paypal.recover()
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert paypal.simulator.effects() == []

    for _ in range(3):
        await paypal.look_up(batch_id, after=SETTLED)
    assert (await payout(payout_id)).state is PayoutState.QUEUED
    await paypal.send(batch_id)
    await paypal.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    (effect,) = paypal.simulator.effects()
    assert effect.ref == first.item_ref
