"""The member's own hold (C12): nothing more is sent, and everything goes on when it ends."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.payouts import operations, queries
from domain.payouts.rules import AttemptState, ClosedReason, PayoutState, Problem
from tests.make.payouts import House, attempts, payout
from tests.make.providers import accepted
from tests.make.rail import Rail

pytestmark = pytest.mark.asyncio
HELD = (PayoutState.HELD, Problem.HELD_BY_MEMBER)


async def run(house: House, payout_id: UUID) -> UUID | None:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def test_a_hold_stops_what_waits_and_what_comes_later(house: House) -> None:
    """Also what lies in a batch that was not sent yet; another member's payouts go on."""
    Rail(house).answers(accepted)
    payee, other = await house.payee(earnings="20.00"), await house.payee()
    queued = (await house.request(payee)).payout_id
    batch_id = await house.route(queued)
    await operations.hold_own_payouts(member_id=payee.id, now=house.world.now)
    await operations.hold_own_payouts(member_id=payee.id, now=house.world.now)
    await house.send(batch_id)
    later = (await house.request(payee)).payout_id
    free = (await house.request(other)).payout_id

    assert [await run(house, each) for each in (queued, later)] == [None, None]
    assert await run(house, free) is not None
    for payout_id in (queued, later):
        record = await payout(payout_id)
        assert (record.state, record.problem) == HELD
    (withdrawn,) = await attempts(queued)
    assert (withdrawn.state, withdrawn.closed_reason) == (
        AttemptState.REJECTED,
        ClosedReason.WITHDRAWN,
    )
    assert await queries.held_by_member_since(member_id=payee.id) == house.world.now

    await operations.end_own_hold(member_id=payee.id)
    await operations.end_own_hold(member_id=payee.id)
    batches = [await run(house, each) for each in (queued, later)]
    assert await queries.held_by_member_since(member_id=payee.id) is None
    assert any(batches)
    states = [(await payout(each)).state for each in (queued, later)]
    assert states == [PayoutState.QUEUED, PayoutState.QUEUED]


async def test_what_was_sent_still_arrives(house: House) -> None:
    """A hold is no recall: the provider has it."""
    Rail(house).answers(accepted)
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    await house.send(await house.route(payout_id))
    await operations.hold_own_payouts(member_id=payee.id, now=house.world.now)
    assert (await payout(payout_id)).state is PayoutState.PENDING
