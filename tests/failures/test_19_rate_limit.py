"""Failure 19: the provider limits how often we may call.

`Retry-After` is honoured by every batch of the instance, on every node: it lies in the database.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.payouts.rules import PayoutState
from plugins.simulation import Fault
from tests.make.online import OnlineHouse
from tests.make.payouts import payout

pytestmark = pytest.mark.asyncio


async def test_all_batches_wait_as_long_as_it_says(paypal: OnlineHouse) -> None:
    """The first batch hears 429; the second one is not even tried before that time is over."""
    paypal.simulator.script(Fault.RATE_LIMITED)
    _, (first_id,), first_batch = await paypal.sent_to("worker")
    _, (second_id,), second_batch = await paypal.sent_to("other")
    sends = [each for each in paypal.simulator.calls if each.path == "/v1/payments/payouts"]
    assert first_batch != second_batch and len(sends) == 1
    assert {(await payout(each)).state for each in (first_id, second_id)} == {PayoutState.QUEUED}

    paypal.wait(timedelta(hours=1))
    for batch_id in {first_batch, second_batch}:
        await paypal.send(batch_id)
        await paypal.look_up(batch_id)

    assert {(await payout(each)).state for each in (first_id, second_id)} == {PayoutState.PAID}
    assert len(paypal.simulator.effects()) == 2
