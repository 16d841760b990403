"""Failure 12: the provider says that it has had this batch reference before.

We follow its link and compare the items: the same ones are adopted, others freeze.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from domain.money import Money
from domain.payouts.operations import batches
from domain.payouts.provider import PayoutBatch
from domain.payouts.rules import FrozenReason, PayoutState
from domain.provider import CallContext
from tests.make.online import SETTLED, OnlineHouse
from tests.make.payouts import VAULT, attempts, payout

pytestmark = pytest.mark.asyncio


async def hand_over_elsewhere(
    house: OnlineHouse, batch_id: UUID, *, amounts: Sequence[str] = ()
) -> None:
    """As a process that nobody here remembers: the same reference, perhaps other amounts."""
    batch = await batches.read_batch(batch_id)
    assert batch is not None
    items = await batches.read_items(batch_id)
    handed: PayoutBatch = batches.handed(
        batch=batch, items=items, fields=batches.opened(items, vault=VAULT)
    )
    others = [Money(int(float(each) * 1_000_000), "EUR") for each in amounts]
    changed = [
        replace(item, amount=amount) for item, amount in zip(handed.items, others, strict=False)
    ]
    context = CallContext(now=house.world.now, send_no=1, correlation_id=handed.batch_ref)
    provider = house.opened.payouts.named(house.instance_id)._inner  # noqa: SLF001  # without the core
    await provider.send(replace(handed, items=tuple(changed) or handed.items), context)


async def test_the_same_items_are_adopted(paypal: OnlineHouse) -> None:
    """Two payments, handed over twice: each is paid once, under the name of the first batch."""
    _, ids, batch_id = await paypal.batch_to("worker", "other")
    await hand_over_elsewhere(paypal, batch_id)

    await paypal.send(batch_id)
    await paypal.look_up(batch_id)

    assert {(await payout(each)).state for each in ids} == {PayoutState.PAID}
    assert len(paypal.simulator.effects()) == 2


async def test_other_items_under_our_reference_are_for_people(paypal: OnlineHouse) -> None:
    """The amount there is not the one we committed: nothing is booked, nothing is sent again."""
    _, (payout_id,), batch_id = await paypal.batch_to("worker")
    await hand_over_elsewhere(paypal, batch_id, amounts=["1.00"])

    await paypal.send(batch_id)
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    for _ in range(4):
        await paypal.look_up(batch_id, after=SETTLED)

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason in (FrozenReason.MISMATCH, FrozenReason.CONFLICT)
    assert len(paypal.simulator.effects()) == 1
