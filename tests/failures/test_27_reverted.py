"""Failure 27: a transaction is mined and reverted.

FAILED at finality, the worker has the money again, the number is used up, and the gas is booked.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.money import Money
from domain.payouts import queries
from domain.payouts.rules import PayoutState
from tests.failures.books import fees_booked
from tests.make.online import OnlineHouse
from tests.make.payouts import money_of, payout

pytestmark = pytest.mark.asyncio


async def test_the_gas_is_an_expense_and_the_number_is_gone(crypto: OnlineHouse) -> None:
    """The token refuses the payee between signing and mining; the next payment has the next one."""
    chain = crypto.simulator.chain
    chain.is_mining = False
    (payee,), (payout_id,), batch_id = await crypto.sent_to("40961")
    (tx,) = chain.pool
    chain.blacklisted.add(tx.payee)
    chain.is_mining = True
    await crypto.look_up(batch_id, after=timedelta(minutes=1))
    assert (await payout(payout_id)).state is PayoutState.PENDING
    for _ in range(2):
        await crypto.look_up(batch_id, after=timedelta(minutes=20))

    assert (await payout(payout_id)).state is PayoutState.FAILED
    ten, nothing = Money(10_000_000, "USD"), Money(0, "USD")
    assert await money_of(payee.id, currency="USD") == (ten, nothing)
    ((currency, micros),) = await fees_booked(payout_id)
    assert currency == "USD" and micros > 0
    assert await queries.audit() == []

    _, (next_id,), next_batch = await crypto.sent_to("40962")
    await crypto.look_up(next_batch, after=timedelta(minutes=20))
    assert (await payout(next_id)).state is PayoutState.PAID
    assert [each.tx.nonce for each in chain.mined] == [0, 1]
