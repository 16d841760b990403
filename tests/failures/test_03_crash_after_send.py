"""Failure 3: we crash after the send, before its result is stored.

Reference, items and their digest were committed first, so a look-up finds the payment.
"""

from __future__ import annotations

import asyncio

import pytest

from domain.database import fetch_value
from domain.payouts.rules import PayoutState
from tests.make.dying import DiesAfterSending, dying
from tests.make.online import SETTLED, OnlineHouse
from tests.make.payouts import eur, money_of, payout

pytestmark = pytest.mark.asyncio


async def test_the_payment_is_found_and_booked_once(paypal: OnlineHouse) -> None:
    """The sweep makes it unknown, the look-up makes it paid; no second send happens."""
    (payee,), (payout_id,), batch_id = await paypal.batch_to("worker")
    digest = await fetch_value("select items_digest from payout_batch where id = $1", batch_id)
    paypal.providers = dying(paypal, DiesAfterSending, instance_id=paypal.instance_id)
    with pytest.raises(asyncio.CancelledError):
        await paypal.send(batch_id)
    paypal.providers = paypal.opened.payouts
    assert (await payout(payout_id)).state is PayoutState.SENDING

    await paypal.send(batch_id)
    await paypal.recover()
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    await paypal.look_up(batch_id, after=SETTLED)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert len(paypal.simulator.effects()) == 1
    after = await fetch_value("select items_digest from payout_batch where id = $1", batch_id)
    assert after == digest


async def test_a_doubled_recovery_changes_nothing(paypal: OnlineHouse) -> None:
    """Two nodes sweep at once, and look up at once: one payment, one booking."""
    (payee,), (payout_id,), batch_id = await paypal.batch_to("worker")
    paypal.providers = dying(paypal, DiesAfterSending, instance_id=paypal.instance_id)
    with pytest.raises(asyncio.CancelledError):
        await paypal.send(batch_id)
    paypal.providers = paypal.opened.payouts

    await asyncio.gather(paypal.recover(), paypal.recover())
    await asyncio.gather(*(paypal.look_up(batch_id, after=SETTLED) for _ in range(3)))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
