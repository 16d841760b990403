"""Failure 14: the provider blocks a payment, or keeps it back.

ON_HOLD; it is not routed anywhere else, and staff see it when it lasts.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.errors import InvalidTransition
from domain.payouts import operations, queries
from domain.payouts.rules import PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import attempts, eur, money_of, payout

pytestmark = pytest.mark.asyncio

YEARS = timedelta(days=2_000)  # the list has the oldest first, and other tests have doubts too


@pytest.mark.parametrize("name", ["onhold", "blocked"])
async def test_it_stays_where_it_is(paypal: OnlineHouse, name: str) -> None:
    """Weeks later there is one attempt, the money is on its way, and nobody routes it anew."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to(name)

    for _ in range(4):
        await paypal.look_up(batch_id, after=timedelta(days=7))
        await paypal.recover()
        again = await operations.route_payout(
            payout_id=payout_id,
            providers=paypal.providers,
            new_id=paypal.world.new_id,
            now=paypal.world.now,
        )
        assert again is None

    assert (await payout(payout_id)).state is PayoutState.ON_HOLD
    assert len(await attempts(payout_id)) == 1
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_staff_see_what_lasts(paypal: OnlineHouse) -> None:
    """Three days after the provider said so it is among the payouts that wait for people."""
    paypal.wait(-YEARS)
    _, (payout_id,), batch_id = await paypal.sent_to("onhold")
    await paypal.look_up(batch_id)
    paypal.wait(timedelta(days=3))

    doubts = await queries.payouts_in_doubt(unknown_before=paypal.world.now)

    assert payout_id in {each.payout_id for each in doubts}


async def test_it_goes_on_when_the_provider_lets_it_go(paypal: OnlineHouse) -> None:
    """And the worker cannot take it back meanwhile."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("blocked")
    await paypal.look_up(batch_id)
    (attempt,) = await attempts(payout_id)
    with pytest.raises(InvalidTransition):
        await operations.cancel_payout(
            worker_id=payee.id,
            payout_id=payout_id,
            key=paypal.world.key(payee.id),
            new_id=paypal.world.new_id,
            now=paypal.world.now,
        )
    paypal.simulator.decide(attempt.item_ref, "SUCCESS")

    await paypal.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert len(paypal.simulator.effects()) == 1
