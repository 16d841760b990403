"""A destination removed before the payout was sent gets no money; what is under way still does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import execute, transaction
from domain.members.rules import BOUND_STATES, MemberState
from domain.payouts import operations
from domain.payouts.provider import PayoutBatch, SendOutcome
from domain.payouts.rules import AttemptState, ClosedReason, PayoutState, Problem
from domain.provider import OutcomeUnknown
from domain.routing.rules import Rule
from tests.make.payouts import House, Payee, attempts, batch_state, eur, money_of, payout
from tests.make.providers import accepted
from tests.make.rail import SANDBOX, Rail, all_missing
from tests.make.routing import in_force

pytestmark = pytest.mark.asyncio

COOLING = Rule(name="cooling", providers=("sandbox",), hold_hours=24)
HOUR = timedelta(hours=1)


async def remove(house: House, payee: Payee) -> None:
    await operations.remove_destination(
        member_id=payee.id, destination_id=payee.destination_id, now=house.world.now
    )


async def run(house: House, payout_id: UUID) -> UUID | None:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def assert_held(payout_id: UUID) -> None:
    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.HELD, Problem.DESTINATION_REMOVED)


async def test_what_cooled_down_does_not_go_to_a_removed_place(house: House) -> None:
    """The thief's account: its owner removes it within the day, and has all the money back."""
    payee = await house.payee()
    async with in_force(house.world, COOLING):
        payout_id = (await house.request(payee)).payout_id
        await run(house, payout_id)
        await remove(house, payee)
        house.wait(timedelta(days=2))
        await operations.release_cooled(now=house.world.now)
        assert await run(house, payout_id) is None
        await assert_held(payout_id)
        assert await run(house, payout_id) is None

    await operations.cancel_payout(
        worker_id=payee.id,
        payout_id=payout_id,
        key=house.world.key(payee.id),
        new_id=house.world.new_id,
        now=house.world.now,
    )
    assert await attempts(payout_id) == []
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_a_batch_that_was_not_sent_is_given_up_for_it(house: House) -> None:
    """Its fellow goes in a batch of its own."""
    rail = Rail(house)
    sent: list[UUID] = []

    async def script(batch: PayoutBatch) -> SendOutcome:
        sent.extend(each.payout_id for each in batch.items)
        return accepted(batch)

    rail.provider.script = script
    payee, fellow = await house.payee(), await house.payee()
    ids = [(await house.request(each)).payout_id for each in (payee, fellow)]
    batch_id = await house.route(ids[0])
    await remove(house, payee)
    await house.send(batch_id)

    assert await batch_state(batch_id) == "closed"
    assert await run(house, ids[0]) is None
    await house.send(await house.route(ids[1]))
    await assert_held(ids[0])
    assert sent == [ids[1]]
    (withdrawn,) = await attempts(ids[0])
    assert (withdrawn.state, withdrawn.closed_reason) == (
        AttemptState.REJECTED,
        ClosedReason.WITHDRAWN,
    )


async def test_what_may_have_arrived_goes_on_as_it_was_committed(house: House) -> None:
    """Lost on its way, then confirmed missing: the same reference again, as before the removal."""
    rail = Rail(house)
    rail.answers(OutcomeUnknown("reset"))
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    batch_id = await house.route(payout_id)
    await house.send(batch_id)
    await remove(house, payee)
    for _ in range(4):
        await rail.look_up(batch_id, all_missing, after=HOUR)
    rail.answers(accepted)
    await house.send(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert len(await attempts(payout_id)) == 1


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (MemberState.RESTRICTED, PayoutState.QUEUED),
        (MemberState.SUSPENDED, PayoutState.QUEUED),
        (MemberState.CLOSED, PayoutState.QUEUED),
        (MemberState.FROZEN, PayoutState.HELD),
    ],
)
async def test_what_was_earned_is_paid_to_whoever_may_not_work(
    house: House, state: MemberState, expected: PayoutState
) -> None:
    """P24: they keep the level that a confirmed address has; about who is too young, people
    decide. Who is kept from work by a suspension still asks for payouts.
    """
    Rail(house, manifest=replace(SANDBOX, requires_level=1))
    payee = await house.payee()
    async with transaction():
        await execute("update member set state = 'active' where id = $1", payee.id)
    asked = None if state in BOUND_STATES else await house.request(payee)
    async with transaction():
        await execute("update member set state = $2 where id = $1", payee.id, state.value)
    payout_id = (asked or await house.request(payee)).payout_id
    await run(house, payout_id)

    record = await payout(payout_id)
    assert record.state is expected
    assert record.problem == (Problem.IDENTITY_REVIEW if expected is PayoutState.HELD else None)
