"""Failure 4: two job workers, two nodes or a double click do the same thing at once.

One attempt, one batch and one payment; the second answer is the first one.
"""

from __future__ import annotations

import asyncio

import pytest

from domain.database import fetch_value
from domain.payouts.rules import PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import attempts, eur, money_of, payout

pytestmark = pytest.mark.asyncio


async def test_ten_job_workers_make_one_payment(paypal: OnlineHouse) -> None:
    """Each of them takes the same jobs: the rows are locked, the references unique."""
    payee = await paypal.payee_called("worker")
    payout_id = (await paypal.request(payee)).payout_id

    batch_ids = await asyncio.gather(
        *(paypal.route(payout_id) for _ in range(10)), return_exceptions=True
    )
    (batch_id,) = {each for each in batch_ids if not isinstance(each, BaseException)}
    await asyncio.gather(*(paypal.send(batch_id) for _ in range(10)))
    await asyncio.gather(*(paypal.look_up(batch_id) for _ in range(10)))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert len(await attempts(payout_id)) == 1
    assert len(paypal.simulator.effects()) == 1
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))


async def test_a_double_click_is_one_payout(paypal: OnlineHouse) -> None:
    """The same key at the same moment: one payout, and both get its id."""
    payee = await paypal.payee_called("worker")
    key = paypal.world.key(payee.id, text="one click")
    claim = await paypal.consent(payee, eur("7.00"))

    found = await asyncio.gather(
        *(paypal.request(payee, claim=claim, key=key) for _ in range(5)), return_exceptions=True
    )

    asked = [each for each in found if not isinstance(each, BaseException)]
    assert {each.payout_id for each in asked} == {asked[0].payout_id}
    count = await fetch_value("select count(*) from payout where worker_id = $1", payee.id)
    assert count == 1
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
