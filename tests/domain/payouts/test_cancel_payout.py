"""`cancel_payout`: everything comes back, as long as nothing can have left."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.errors import InvalidTransition, NotFound
from domain.idempotency.rules import IdempotencyKey
from domain.payouts import operations
from domain.payouts.rules import ClosedReason, PayoutState
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

pytestmark = pytest.mark.asyncio


async def cancel(
    house: House, payee: Payee, payout_id: UUID, *, key: IdempotencyKey | None = None
) -> operations.Cancelled:
    return await operations.cancel_payout(
        worker_id=payee.id,
        payout_id=payout_id,
        key=key or house.world.key(payee.id),
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def test_puts_the_whole_amount_back(house: House) -> None:
    """Before routing nobody outside has heard of it."""
    payee = await house.payee(earnings="10.00")
    payout_id = (await house.request(payee)).payout_id

    await cancel(house, payee, payout_id)

    record = await payout(payout_id)
    assert (record.state, record.closed_at) == (PayoutState.CANCELLED, house.world.now)
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_the_same_key_cancels_once(house: House) -> None:
    """And a second wish with another key is told that it is over."""
    payee = await house.payee(earnings="10.00")
    payout_id = (await house.request(payee)).payout_id
    key = house.world.key(payee.id, text="cancel it")

    first = await cancel(house, payee, payout_id, key=key)
    second = await cancel(house, payee, payout_id, key=key)

    assert (first.replayed, second.replayed) == (False, True)
    with pytest.raises(InvalidTransition):
        await cancel(house, payee, payout_id)
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_a_batch_is_given_up_and_the_others_are_routed_again(house: House) -> None:
    """A committed batch never changes; the fellows get a new one with new references."""
    payee, fellow = await house.payee(), await house.payee()
    payout_id = (await house.request(payee)).payout_id
    fellow_id = (await house.request(fellow)).payout_id
    batch_id = await house.route(payout_id)

    await cancel(house, payee, payout_id)
    await house.send(batch_id)
    await house.send(await house.route(fellow_id))

    assert await batch_state(batch_id) == "closed"
    assert await queued_jobs("payout_route", str(fellow_id)) == 1
    assert [each.payout_id for each in house.memory.items()] == [str(fellow_id)]
    assert (await attempts(payout_id))[0].closed_reason == ClosedReason.WITHDRAWN
    assert (await payout(fellow_id)).state is PayoutState.PENDING
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


@pytest.mark.parametrize("scenario", ["ok", "timeout-sent", "timeout-lost"])
async def test_what_may_have_left_is_not_cancelled(house: House, scenario: str) -> None:
    """Only a look-up tells what became of it."""
    payee, payout_id, _ = await house.sent(scenario)

    with pytest.raises(InvalidTransition):
        await cancel(house, payee, payout_id)

    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_what_was_once_unknown_is_not_withdrawn(house: House) -> None:
    """A provider that said "missing" twice may still be wrong: the reference goes out again."""
    payee, payout_id, batch_id = await house.sent("timeout-lost")
    await house.look_up(batch_id, after=timedelta(seconds=10))
    await house.look_up(batch_id, after=timedelta(seconds=10))
    assert (await payout(payout_id)).state is PayoutState.QUEUED

    with pytest.raises(InvalidTransition):
        await cancel(house, payee, payout_id)


async def test_somebody_elses_payout_does_not_exist(house: House) -> None:
    """Nor can its state be found out."""
    payee, other = await house.payee(), await house.payee()
    payout_id = (await house.request(payee)).payout_id

    with pytest.raises(NotFound):
        await cancel(house, other, payout_id)


async def test_cancelling_and_sending_at_once_end_in_one_of_two(house: House) -> None:
    """Either the worker has the money, or the provider has been told: never both."""
    for _ in range(10):
        payee = await house.payee()
        payout_id = (await house.request(payee)).payout_id
        batch_id = await house.route(payout_id)

        await asyncio.gather(
            cancel(house, payee, payout_id), house.send(batch_id), return_exceptions=True
        )

        told = str(payout_id) in {each.payout_id for each in house.memory.items()}
        expected = (eur("3.00"), eur("7.00")) if told else (eur("10.00"), eur("0"))
        assert await money_of(payee.id) == expected
