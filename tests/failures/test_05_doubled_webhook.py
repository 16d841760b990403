"""Failure 5: a webhook comes more than once.

It is kept once, answered 200 each time, and has no second effect.
"""

from __future__ import annotations

import pytest

from domain.payouts.rules import PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import eur, money_of, payout, queued_jobs

pytestmark = pytest.mark.asyncio


async def test_each_event_is_kept_once_and_answered_each_time(paypal: OnlineHouse) -> None:
    """Five copies of each: without a 200 the service would come for days."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)
    names = {each.event_id for each in paypal.simulator.events.pending}
    paypal.simulator.events.duplicate = 4

    statuses = await paypal.deliver()
    rows = await paypal.events()
    await paypal.handle_events()
    await paypal.handle_events()

    assert statuses == [200] * len(names) * 5
    assert {row["event_id"] for row in rows} == names and len(rows) == len(names)
    assert await queued_jobs("payout_look_up", str(batch_id)) <= 2
    await paypal.look_up(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
