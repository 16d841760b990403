"""Batches that must not go out as they were committed: who may be paid already, and who cannot
be paid at all, keep no fellow waiting and are paid by no second attempt.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import execute, transaction
from domain.errors import InvalidTransition
from domain.payouts import operations, queries
from domain.payouts.provider import (
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    SendOutcome,
)
from domain.payouts.rules import AttemptState, ClosedReason, FrozenReason, PayoutState, Problem
from domain.provider import NotSent, OutcomeUnknown
from tests.make.payouts import (
    House,
    Payee,
    attempts,
    batch_state,
    eur,
    money_of,
    payout,
    queued_jobs,
)
from tests.make.providers import accepted
from tests.make.rail import Rail, all_missing, all_of, rail_like

pytestmark = pytest.mark.asyncio

HOUR = timedelta(hours=1)
PAYS_AGAIN = rail_like(window=2 * HOUR, mode=LookupMode.OUR_REF)


def paid(batch: PayoutBatch) -> tuple[Observation, ...]:
    return tuple(
        Observation(item_ref=item.item_ref, state=ObservedState.PAID, amount=item.amount)
        for item in batch.items
    )


async def route(house: House, payout_id: UUID) -> UUID | None:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def cancel(house: House, payee: Payee, payout_id: UUID) -> None:
    await operations.cancel_payout(
        worker_id=payee.id,
        payout_id=payout_id,
        key=house.world.key(payee.id),
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def damage(payee: Payee) -> None:
    async with transaction():
        await execute(
            "update destination set fields = set_byte(fields, 20, get_byte(fields, 20) # 1)"
            " where id = $1",
            payee.destination_id,
        )


async def late(rail: Rail, payout_id: UUID) -> None:
    """Sent by a process that falls asleep; closed as missing; then the process says: paid."""
    house = rail.house
    batch_id = await house.route(payout_id)

    async def sleeps(batch: PayoutBatch) -> SendOutcome:
        house.wait(HOUR)
        await operations.recover_batches(now=house.world.now, new_id=house.world.new_id)
        for _ in range(4):
            await rail.look_up(batch_id, all_missing, after=HOUR)
        return SendOutcome(items=paid(batch))

    rail.provider.script = sleeps
    await house.send(batch_id)


async def test_a_newer_attempt_is_withdrawn_when_the_old_one_is_seen(house: House) -> None:
    """Both would pay. The fellow of the newer one goes out in a batch of its own."""
    rail = Rail(house, manifest=PAYS_AGAIN)
    payee, fellow = await house.payee(), await house.payee()
    payout_id = (await house.request(payee)).payout_id
    first_id = await house.route(payout_id)
    newer: list[UUID] = []

    async def sleeps(batch: PayoutBatch) -> SendOutcome:
        house.wait(HOUR)
        await operations.recover_batches(now=house.world.now, new_id=house.world.new_id)
        for _ in range(4):
            await rail.look_up(first_id, all_missing, after=HOUR)
        newer.append((await house.request(fellow)).payout_id)
        newer.append(await house.route(payout_id))
        return SendOutcome(items=paid(batch))

    rail.provider.script = sleeps
    await house.send(first_id)
    fellow_id, newer_id = newer
    rail.answers(accepted)
    await house.send(newer_id)

    assert rail.provider.calls.count("send") == 1
    assert await batch_state(newer_id) == "closed"
    old, withdrawn = await attempts(payout_id)
    assert (old.state, old.frozen_reason) == (
        AttemptState.MISSING,
        FrozenReason.CLOSED_ATTEMPT_SEEN,
    )
    assert (withdrawn.state, withdrawn.closed_reason) == (
        AttemptState.REJECTED,
        ClosedReason.WITHDRAWN,
    )
    assert await queued_jobs("payout_route", str(payout_id)) == 1
    assert await queued_jobs("payout_route", str(fellow_id)) == 1
    fellows_batch = await route(house, fellow_id)
    assert fellows_batch is not None
    await house.send(fellows_batch)
    assert (await payout(fellow_id)).state is PayoutState.PENDING
    assert len(await attempts(payout_id)) == 2
    assert await queries.audit() == []


async def test_what_may_be_paid_already_is_held_for_people(house: House) -> None:
    """No new attempt, and no cancellation: the money must not leave twice either way."""
    rail = Rail(house, manifest=PAYS_AGAIN)
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    await late(rail, payout_id)

    with pytest.raises(InvalidTransition):
        await cancel(house, payee, payout_id)
    assert await route(house, payout_id) is None

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.HELD, Problem.IN_DOUBT)
    with pytest.raises(InvalidTransition):
        await cancel(house, payee, payout_id)
    assert len(await attempts(payout_id)) == 1
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_a_look_up_that_ends_after_its_batch_still_counts(house: House) -> None:
    """Closed as missing meanwhile, and the provider has it after all."""
    rail = Rail(house, manifest=PAYS_AGAIN)
    _, (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))

    async def slow(batch: PayoutBatch) -> LookupAnswer:
        for _ in range(3):
            await rail.look_up(batch_id, all_missing, after=2 * HOUR)
        assert await batch_state(batch_id) == "closed"
        return LookupAnswer(found=paid(batch), missing=())

    rail.provider.script = slow
    await house.look_up(batch_id)

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.CLOSED_ATTEMPT_SEEN
    assert await batch_state(batch_id) == "closed"


async def test_a_destination_nobody_can_open_fails_alone(house: House) -> None:
    """Nothing was sent, so its worker has the money back; the fellow is paid."""
    payee, fellow = await house.payee(), await house.payee()
    payout_id = (await house.request(payee)).payout_id
    fellow_id = (await house.request(fellow)).payout_id
    await damage(payee)
    batch_id = await house.route(payout_id)

    await house.send(batch_id)
    await house.send(batch_id)

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.FAILED, Problem.DESTINATION_INVALID)
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    (attempt,) = await attempts(payout_id)
    assert (attempt.state, attempt.closed_reason) == (AttemptState.REJECTED, ClosedReason.INVALID)
    assert await queued_jobs("payout_route", str(payout_id)) == 1  # the one of its request
    again = await route(house, fellow_id)
    assert again is not None
    await house.send(again)
    await house.look_up(again, after=timedelta(seconds=2))
    assert (await payout(fellow_id)).state is PayoutState.PAID
    assert await queries.audit() == []


async def test_what_was_certainly_not_sent_may_be_given_up_later(house: House) -> None:
    """The key was lost between two tries."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(NotSent("x"))
    await damage(payee)

    await house.send(batch_id)

    assert rail.provider.calls.count("send") == 1
    assert (await payout(payout_id)).state is PayoutState.FAILED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_a_look_up_needs_no_destination(house: House) -> None:
    """It goes by references, so a damaged destination keeps nobody unknown."""
    rail = Rail(house)
    payees, ids, batch_id = await rail.sent(OutcomeUnknown("x"), count=2)
    await damage(payees[0])

    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    assert {(await payout(each)).state for each in ids} == {PayoutState.PAID}


async def test_what_may_have_arrived_is_not_given_up_by_itself(house: House) -> None:
    """A batch that was sent once cannot be sent again as it was: people decide, nobody pays."""
    rail = Rail(house)
    payees, ids, batch_id = await rail.sent(OutcomeUnknown("x"), count=2)
    await rail.look_up(batch_id, all_missing)
    await rail.look_up(batch_id, all_missing)
    assert await batch_state(batch_id) == "prepared"
    await damage(payees[0])

    rail.answers(accepted)
    await house.send(batch_id)

    assert rail.provider.calls.count("send") == 1
    assert await batch_state(batch_id) == "closed"
    for payee, payout_id in zip(payees, ids, strict=True):
        (attempt,) = await attempts(payout_id)
        assert attempt.frozen_reason == FrozenReason.MISSING_ITEM
        assert await route(house, payout_id) is None
        with pytest.raises(InvalidTransition):
            await cancel(house, payee, payout_id)
    assert await queries.audit() == []
