"""Failure 26: a transaction sticks, leaves a gap, is replaced, or its number is used by others.

Numbers come from the database; a bump has the same number, and both hashes are followed. Where
somebody else has used the number up, only that payment waits for people.
The same on a real chain: tests/plugins/crypto/test_anvil_nonces.py.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.payouts.rules import FrozenReason, PayoutState
from plugins.simulation import Fault
from tests.make.online import OnlineHouse
from tests.make.payouts import attempts, payout
from tests.plugins.crypto.make import KEY

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)
FINAL = timedelta(minutes=20)


async def test_a_stuck_payment_is_replaced_under_its_number(crypto: OnlineHouse) -> None:
    """Two hashes, one number, one payment; the payment behind it goes on as well."""
    chain = crypto.simulator.chain
    chain.is_mining = False
    _, ids, batch_id = await crypto.sent_to("40961", "40962")
    before = {tx.nonce: tx.hash for tx in chain.pool}
    assert sorted(before) == [0, 1]

    await crypto.look_up(batch_id, after=FINAL)
    steps = [await crypto.advance(each) for each in ids]
    after = {tx.nonce: tx.hash for tx in chain.pool}
    assert sorted(after) == [0, 1]
    assert sorted(steps, key=str) == ["BUMP", None]
    assert before[0] != after[0] and before[1] == after[1]
    chain.is_mining = True
    await crypto.look_up(batch_id, after=FINAL)

    assert {(await payout(each)).state for each in ids} == {PayoutState.PAID}
    assert len(crypto.simulator.effects()) == 2


async def test_a_number_used_elsewhere_stops_one_payment_only(crypto: OnlineHouse) -> None:
    """Our key was used by another program: its payment is frozen, its fellow is sent and paid."""
    from eth_account import Account  # noqa: PLC0415  # of the optional packages

    crypto.simulator.script(Fault.HTTP_500, 10)
    _, ids, batch_id = await crypto.sent_to("40961", "40962")
    crypto.simulator.script(Fault.HTTP_500, 0)
    while crypto.simulator.next_fault("POST", "/send"):
        pass
    assert {(await payout(each)).state for each in ids} == {PayoutState.UNKNOWN}
    chain = crypto.simulator.chain
    foreign = {
        "type": 2,
        "chainId": chain.chain_id,
        "nonce": 0,
        "to": "0x" + "77" * 20,
        "value": 1,
        "gas": 21_000,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
    }
    chain.take(Account.from_key(KEY).sign_transaction(foreign).raw_transaction.to_0x_hex())

    for _ in range(4):
        await crypto.look_up(batch_id, after=FINAL)
    await crypto.send(batch_id)
    await crypto.look_up(batch_id, after=FINAL)

    found = [attempt for each in ids for attempt in await attempts(each)]
    assert sorted((each.state.value, each.frozen_reason) for each in found) == [
        ("paid", None),
        ("unknown", FrozenReason.CONFLICT),
    ]
    (stopped,) = [each for each in found if each.frozen_reason]
    assert stopped.provider_code == "FOREIGN_NONCE"
    assert len(crypto.simulator.effects()) == 1
