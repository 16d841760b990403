"""Failure 7: the webhook is here before the answer to our own call.

It is kept; when our answer is recorded it is matched, and the same state is no news.
"""

from __future__ import annotations

from typing import Any

import pytest

from domain.payouts.provider import PayoutBatch, PayoutProvider, SendOutcome
from domain.payouts.rules import PayoutState
from domain.provider import CallContext
from gateway.providers import PayoutDirectory
from plugins.guarded import GuardedPayouts
from tests.make.online import OnlineHouse
from tests.make.payouts import eur, money_of, payout

pytestmark = pytest.mark.asyncio


async def test_it_is_kept_and_matched_afterwards(paypal: OnlineHouse) -> None:
    """All news of the payment arrives and is handled while our call is still under way."""
    inner: PayoutProvider[Any] = paypal.opened.payouts.named(paypal.instance_id)._inner  # noqa: SLF001  # it is ours to slow
    payees, (payout_id,), batch_id = await paypal.batch_to("worker")

    class HearsFirst(GuardedPayouts):
        async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
            outcome = await super().send(batch, context)
            statuses = await paypal.deliver()
            assert statuses and set(statuses) == {200}
            await paypal.handle_events()
            assert (await payout(payout_id)).state is PayoutState.SENDING
            return outcome

    eager = HearsFirst(inner, instance_id=paypal.instance_id, in_transaction=lambda: False)
    paypal.providers = PayoutDirectory({paypal.instance_id: eager}, region="ZZ")
    await paypal.send(batch_id)
    paypal.providers = paypal.opened.payouts
    await paypal.handle_events()

    assert {row["state"] for row in await paypal.events()} == {"matched"}
    assert (await payout(payout_id)).state is PayoutState.PENDING
    for _ in range(2):
        await paypal.look_up(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payees[0].id) == (eur("3.00"), eur("0"))
