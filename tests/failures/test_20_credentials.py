"""Failure 20: our credentials have expired, and every call is answered 401.

One new token, no loop; then the instance is in quarantine on every node, its payouts wait, and
people lift it once it is set up anew.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.database import fetch_value
from domain.payouts import operations
from domain.payouts.rules import PayoutState
from plugins.simulation import Fault
from tests.make.members import add_finance_member
from tests.make.online import OnlineHouse
from tests.make.payouts import payout

pytestmark = pytest.mark.asyncio


def calls_of(house: OnlineHouse, path: str) -> int:
    return len([each for each in house.simulator.calls if each.path == path])


async def test_one_new_token_is_enough(paypal: OnlineHouse) -> None:
    """An old token that was taken back: fetched anew once, and the payment is made."""
    paypal.simulator.script(Fault.UNAUTHORIZED)

    _, (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert calls_of(paypal, "/v1/payments/payouts") == 2


async def test_a_lasting_401_ends_in_quarantine(paypal: OnlineHouse) -> None:
    """Two calls and not seven hundred; nothing more leaves until people say so."""
    paypal.simulator.script(Fault.UNAUTHORIZED, 2)
    _, (payout_id,), batch_id = await paypal.sent_to("worker")
    assert (await payout(payout_id)).state is PayoutState.QUEUED
    assert calls_of(paypal, "/v1/payments/payouts") == 2
    reason = await fetch_value(
        "select reason from provider_quarantine where instance_id = $1", paypal.instance_id
    )
    assert reason.startswith("AuthError")

    for _ in range(3):
        paypal.wait(timedelta(hours=1))
        await paypal.send(batch_id)
    assert calls_of(paypal, "/v1/payments/payouts") == 2
    await operations.lift_quarantine(
        instance_id=paypal.instance_id,
        member_id=await add_finance_member(paypal.world),
        now=paypal.clock(),
    )
    paypal.opened.payouts.named(paypal.instance_id).guard.quarantine = None  # a new process
    paypal.wait(timedelta(hours=1))
    await paypal.send(batch_id)
    await paypal.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert len(paypal.simulator.effects()) == 1
