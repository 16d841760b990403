"""A payment that its provider has is asked back; only what it then says moves the money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.errors import InvalidTransition
from domain.payouts import operations, queries
from domain.payouts.provider import Observation, ObservedState, PayoutBatch, SendOutcome
from domain.payouts.rules import PayoutState
from domain.provider import Declined, NotSent, OutcomeUnknown
from tests.make.able import AbleRail
from tests.make.payouts import (
    VAULT,
    House,
    Payee,
    attempts,
    eur,
    lose_jobs,
    money_of,
    payout,
    queued_jobs,
)
from tests.make.rail import Rail, all_of

pytestmark = pytest.mark.asyncio


def unclaimed(batch: PayoutBatch) -> SendOutcome:
    return SendOutcome(
        items=tuple(
            Observation(item_ref=item.item_ref, state=ObservedState.UNCLAIMED)
            for item in batch.items
        )
    )


async def cancel(house: House, payee: Payee, payout_id: UUID) -> None:
    await operations.cancel_payout(
        worker_id=payee.id,
        payout_id=payout_id,
        key=house.world.key(payee.id),
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.clock(),
    )


async def ask(house: House, attempt_id: UUID) -> None:
    await operations.cancel_at_provider(
        attempt_id=attempt_id,
        providers=house.providers,
        vault=VAULT,
        clock=house.clock,
        new_id=house.world.new_id,
    )


async def asked(house: House) -> tuple[AbleRail, Payee, UUID, UUID, UUID]:
    rail = AbleRail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(unclaimed)
    await cancel(house, payee, payout_id)
    return rail, payee, payout_id, batch_id, (await attempts(payout_id))[0].id


async def test_the_money_is_back_when_the_provider_says_so(house: House) -> None:
    """Not when it was asked for it."""
    rail, payee, payout_id, _, attempt_id = await asked(house)
    assert (await payout(payout_id)).cancel_asked_at == house.clock()
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    assert await queued_jobs("payout_cancel", str(attempt_id)) == 1
    rail.provider.cancelling = lambda item: Observation(
        item_ref=item.item_ref, state=ObservedState.CANCELLED
    )

    await ask(house, attempt_id)
    await ask(house, attempt_id)

    assert rail.provider.calls.count("cancel") == 1
    assert (await payout(payout_id)).state is PayoutState.CANCELLED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    assert await queries.audit() == []


async def test_claimed_in_the_same_moment_it_stays_paid(house: House) -> None:
    """The observation counts, not the wish."""
    rail, payee, payout_id, _, attempt_id = await asked(house)
    rail.provider.cancelling = lambda item: Observation(
        item_ref=item.item_ref, state=ObservedState.PAID
    )

    await ask(house, attempt_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))


@pytest.mark.parametrize("error", [OutcomeUnknown("x"), Declined("not cancellable"), KeyError()])
async def test_a_refused_or_unknown_cancellation_is_looked_up(
    house: House, error: Exception
) -> None:
    """A refusal of the cancellation is no refusal of the payment."""
    rail, payee, payout_id, batch_id, attempt_id = await asked(house)
    rail.provider.cancelling = error

    await ask(house, attempt_id)

    assert (await payout(payout_id)).state is PayoutState.UNCLAIMED
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    assert await queued_jobs("payout_look_up", str(batch_id)) == 2
    await rail.look_up(batch_id, all_of(ObservedState.RETURNED))
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_a_cancellation_that_did_not_arrive_is_asked_for_again(house: House) -> None:
    """Later, under another key of the queue."""
    rail, _, _, _, attempt_id = await asked(house)
    rail.provider.cancelling = NotSent("x")

    await ask(house, attempt_id)

    assert await queued_jobs("payout_cancel", str(attempt_id)) == 2


async def test_who_gives_nothing_back_is_not_asked(house: House) -> None:
    """The member hears at once that it is too late."""
    rail = Rail(house)
    (payee,), (payout_id,), _ = await rail.sent(unclaimed)

    with pytest.raises(InvalidTransition):
        await cancel(house, payee, payout_id)


@pytest.mark.parametrize("answer", [OutcomeUnknown("x"), "paid"])
async def test_what_is_unknown_or_delivered_is_not_asked_back(house: House, answer: Any) -> None:
    """Unknown ends by a look-up; what is paid belongs to the worker."""
    rail = AbleRail(house)
    given = all_of(ObservedState.PAID) if answer == "paid" else answer
    (payee,), (payout_id,), batch_id = await rail.sent(unclaimed if answer == "paid" else given)
    if answer == "paid":
        await rail.look_up(batch_id, given)

    with pytest.raises(InvalidTransition):
        await cancel(house, payee, payout_id)


async def test_a_lost_job_is_found_again(house: House) -> None:
    """The wish is in the database; the sweep reads it there."""
    _, _, _, _, attempt_id = await asked(house)
    await lose_jobs("payout_cancel", str(attempt_id))
    house.wait(timedelta(minutes=2))

    await operations.recover_batches(now=house.clock(), new_id=house.world.new_id)

    assert await queued_jobs("payout_cancel", str(attempt_id)) == 1
