"""Failure 8: webhooks are lost, or our receiver is down for days.

Look-ups and statements end every payout without any; staff can have an event read again.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.payouts.rules import PayoutState
from domain.provider_inbox import operations as inbox
from tests.make.members import add_finance_member
from tests.make.online import OnlineHouse
from tests.make.payouts import lose_jobs, money_of, payout, queued_jobs

pytestmark = pytest.mark.asyncio


async def test_look_ups_alone_end_every_payout(paypal: OnlineHouse) -> None:
    """One of each kind, and not one webhook in six weeks."""
    names = ("worker", "failed", "unclaimed", "returned", "pending", "onhold")
    payees, ids, batch_id = await paypal.sent_to(*names)
    paypal.simulator.events.drop = True
    assert await paypal.deliver() == []

    for _ in range(6):
        await paypal.look_up(batch_id, after=timedelta(days=7))

    assert [(await payout(each)).state for each in ids] == [
        PayoutState.PAID,
        PayoutState.FAILED,
        PayoutState.RETURNED,
        PayoutState.RETURNED,
        PayoutState.PENDING,
        PayoutState.ON_HOLD,
    ]
    assert await paypal.events() == []
    left = [(await money_of(each.id))[0].micros // 1_000_000 for each in payees]
    assert left == [3, 10, 10, 10, 3, 3]


async def test_staff_have_an_event_read_again(paypal: OnlineHouse) -> None:
    """The job that should have looked is lost for good; what the event is about is asked again."""
    _, (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.deliver()
    await paypal.handle_events()
    await lose_jobs("payout_look_up", str(batch_id))
    event_id = (await paypal.events())[0]["id"]
    finance_id = await add_finance_member(paypal.world)

    await inbox.replay_event(event_id=event_id, member_id=finance_id, now=paypal.world.now)
    await paypal.handle_events()

    assert await queued_jobs("payout_look_up", str(batch_id)) == 1
    await paypal.look_up(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PAID
