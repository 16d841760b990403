"""Failure 31: clocks jump, summer time begins or ends, a year ends.

Everything is UTC and handed in; deadlines go by a clock that never jumps; a look-up planned for
later than now is simply later.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.database import fetch
from domain.payouts.rules import PayoutState
from plugins.simulation import Fault
from tests.make.online import SETTLED, OnlineHouse
from tests.make.payouts import eur, money_of, payout

pytestmark = pytest.mark.asyncio

EDGES = {
    "summer time begins": datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
    "summer time ends": datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC),
    "the year ends": datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
async def test_a_lost_answer_over_the_edge(paypal: OnlineHouse, edge: datetime) -> None:
    """Sent a second before it, found after it: paid once, booked on the day it was heard of."""
    paypal.wait(edge - paypal.world.now)
    paypal.simulator.script(Fault.DROP_AFTER)
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")

    await paypal.look_up(batch_id, after=SETTLED)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert len(paypal.simulator.effects()) == 1
    rows = await fetch(
        "select effective_on from ledger_transfer where correlation_id = $1 order by effective_on",
        payout_id,
    )
    days = [row["effective_on"] for row in rows]
    assert days == [edge.date(), (edge + SETTLED).date()]


async def test_a_clock_set_back_pays_nobody_twice(paypal: OnlineHouse) -> None:
    """Ours loses two hours between the send and the look-ups."""
    paypal.simulator.script(Fault.DROP_AFTER)
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    paypal.world.now -= timedelta(hours=2)

    await paypal.recover(after=timedelta(0))
    await paypal.send(batch_id)
    for _ in range(3):
        await paypal.look_up(batch_id, after=SETTLED)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert len(paypal.simulator.effects()) == 1
