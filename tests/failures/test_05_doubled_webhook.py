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
    """Five more copies of each: without a 200 the service would come for days."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)
    told = paypal.simulator.events.take()
    assert [await paypal.knock(each) for each in told] == [200] * len(told)
    await paypal.handle_events()
    job_count = await queued_jobs("payout_look_up", str(batch_id))

    statuses = [await paypal.knock(each) for each in told for _ in range(5)]
    await paypal.handle_events()

    assert set(statuses) == {200}
    rows = await paypal.events()
    assert sorted(row["event_id"] for row in rows) == sorted(each.event_id for each in told)
    assert await queued_jobs("payout_look_up", str(batch_id)) == job_count
    await paypal.look_up(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
