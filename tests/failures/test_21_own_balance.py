"""Failure 21: our own balance at the provider is too low.

Nothing of the batch is paid, all of it waits, an operator is told, and it goes out once there is
money: whole, and once.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from domain.database import fetch
from domain.payouts.rules import PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import attempts, payout

pytestmark = pytest.mark.asyncio


async def test_the_whole_batch_waits_for_money(paypal: OnlineHouse) -> None:
    """Enough for one of three, so none: no part is paid now and once more later."""
    has = dict(paypal.simulator.balances)
    paypal.simulator.balances["EUR"] = 8_000_000
    with capture_logs() as logs:
        _, ids, batch_id = await paypal.sent_to("one", "two", "three")
    told = [each["error"] for each in logs if each["event"] == "provider.call.failed"]
    assert told == ["InsufficientFunds"]
    assert {(await payout(each)).state for each in ids} == {PayoutState.QUEUED}
    assert paypal.simulator.effects() == []
    rows = await fetch("select outcome from provider_call where subject_id = $1", batch_id)
    assert [row["outcome"] for row in rows] == ["InsufficientFunds"]

    paypal.simulator.balances["EUR"] = has["EUR"]
    paypal.wait(timedelta(hours=1))
    await paypal.send(batch_id)
    await paypal.look_up(batch_id)

    assert {(await payout(each)).state for each in ids} == {PayoutState.PAID}
    assert [len(await attempts(each)) for each in ids] == [1, 1, 1]
    assert len(paypal.simulator.effects()) == 3
