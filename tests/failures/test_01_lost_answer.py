"""Failure 1: the answer to a send is lost, by a time-out or a reset connection.

The payout becomes UNKNOWN, its money stays on its way, look-ups by our reference end it,
and what stays unknown for three days is put before people.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.payouts import queries
from domain.payouts.rules import PayoutState
from plugins.simulation import Fault
from tests.make.online import SETTLED, OnlineHouse
from tests.make.payouts import attempts, eur, money_of, payout

pytestmark = pytest.mark.asyncio

YEARS = timedelta(days=2_000)  # the list has the oldest first, and other tests have doubts too


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.HTTP_500_AFTER])
async def test_what_was_paid_is_found_by_our_reference(paypal: OnlineHouse, fault: Fault) -> None:
    """The service paid and we did not hear it: nothing is sent again, one payment is booked."""
    paypal.simulator.script(fault)
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))

    await paypal.send(batch_id)  # the job comes back
    await paypal.look_up(batch_id, after=SETTLED)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert len(await paypal.effects_of(payout_id)) == 1


async def test_what_never_arrived_is_sent_again_under_the_same_reference(
    paypal: OnlineHouse,
) -> None:
    """Two look-ups that agree prove it; the reference makes the second send safe."""
    paypal.simulator.script(Fault.DROP_BEFORE)
    _, (payout_id,), batch_id = await paypal.sent_to("worker")
    (first,) = await attempts(payout_id)

    for _ in range(3):
        await paypal.look_up(batch_id, after=SETTLED)
    assert (await payout(payout_id)).state is PayoutState.QUEUED
    await paypal.send(batch_id)
    await paypal.look_up(batch_id)

    assert [each.item_ref for each in await attempts(payout_id)] == [first.item_ref]
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert len(await paypal.effects_of(payout_id)) == 1


async def test_silence_of_three_days_is_for_people(paypal: OnlineHouse) -> None:
    """The service does not answer at all: nothing is given up, and staff see the payout."""
    paypal.wait(-YEARS)
    paypal.simulator.script(Fault.DROP_AFTER)
    _, (payout_id,), batch_id = await paypal.sent_to("worker")
    paypal.simulator.script(Fault.HTTP_503, 1_000, path="/v1/")

    for _ in range(3):
        await paypal.look_up(batch_id, after=timedelta(days=1))

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    before = paypal.world.now - timedelta(hours=71)
    doubts = await queries.payouts_in_doubt(unknown_before=before)
    assert payout_id in {each.payout_id for each in doubts}
