"""Failure 28: an address with a wrong checksum, on another chain, or of a contract.

The first two are refused while the member types; a contract is found before anything is signed,
and the money goes back.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from domain.money import Money
from domain.payouts.operations import DestinationRefused
from domain.payouts.rules import PayoutState, Problem
from plugins.payments.crypto.simulator import CHAIN_ID
from tests.make.members import add_worker, session_of
from tests.make.online import OnlineHouse
from tests.make.payouts import money_of, payout
from tests.plugins.crypto.make import MIXED

pytestmark = pytest.mark.asyncio

HERE = f"eip155:{CHAIN_ID}"


@pytest.mark.parametrize(
    "fields",
    [
        {"address": MIXED[:-1] + "D", "chain_id": HERE},
        {"address": MIXED, "chain_id": "eip155:1"},
        {"address": MIXED[:-1], "chain_id": HERE},
        {"address": "0x" + "0" * 40, "chain_id": HERE},
    ],
    ids=["wrong checksum", "another chain", "too short", "nobody's"],
)
async def test_it_is_refused_while_the_member_types(
    crypto: OnlineHouse, fields: Mapping[str, str]
) -> None:
    """Nothing is kept that could be paid by mistake later."""
    member_id = await add_worker(crypto.world)
    session = await session_of(crypto.world, member_id)

    with pytest.raises(DestinationRefused) as refused:
        await crypto.add_destination(
            member_id, session, fields=fields, kind="stablecoin", currency="USD"
        )

    assert refused.value.problems


async def test_a_contract_is_not_paid(crypto: OnlineHouse) -> None:
    """Only the chain knows that it is one: asked before signing, so no number is used."""
    chain = crypto.simulator.chain
    chain.contracts.add(f"0x{40961:040x}")

    (payee,), (payout_id,), _ = await crypto.sent_to("40961")

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.FAILED, Problem.DESTINATION_INVALID)
    assert await money_of(payee.id, currency="USD") == (
        Money(10_000_000, "USD"),
        Money(0, "USD"),
    )
    assert chain.pool == () and chain.mined == ()
    _, (next_id,), _ = await crypto.sent_to("40962")
    assert [tx.nonce for tx in chain.pool] == [0]
    assert (await payout(next_id)).state is PayoutState.PENDING
