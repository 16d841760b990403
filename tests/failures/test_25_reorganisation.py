"""Failure 25: the chain is reorganised under a payment.

PAID is said at finality only. A receipt that is gone brings the same signed transaction again,
never another number. The same on a real chain: tests/plugins/crypto/test_anvil_reorg.py.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.money import Money
from domain.payouts.rules import PayoutState
from tests.make.online import OnlineHouse
from tests.make.payouts import attempts, money_of, payout

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)


async def test_the_same_bytes_go_out_again(crypto: OnlineHouse) -> None:
    """Mined, undone, sent again, final: one payment under one hash, paid when it is final."""
    chain = crypto.simulator.chain
    (payee,), (payout_id,), batch_id = await crypto.sent_to("40961")
    await crypto.look_up(batch_id, after=MINUTE)
    (mined,) = await attempts(payout_id)
    assert (mined.provider_code, len(chain.mined)) == ("MINED_NOT_FINAL", 1)
    assert (await payout(payout_id)).state is PayoutState.PENDING

    chain.reorganize(5)
    assert chain.mined == () and chain.pool == ()
    await crypto.look_up(batch_id, after=MINUTE)
    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert await crypto.advance(payout_id) == "REBROADCAST"
    await crypto.look_up(batch_id, after=timedelta(minutes=20))

    assert (await payout(payout_id)).state is PayoutState.PAID
    (after,) = await attempts(payout_id)
    assert after.provider_ref == mined.provider_ref
    (effect,) = crypto.simulator.effects()
    assert (effect.ref, effect.amount_micros) == (mined.item_ref, 7_000_000)
    assert await money_of(payee.id, currency="USD") == (Money(3_000_000, "USD"), Money(0, "USD"))
