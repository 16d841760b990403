"""Payments of several steps: one effect per call, and an unknown one is looked up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.database import fetch_value
from domain.payouts import operations, queries
from domain.payouts.provider import Observation, ObservedState, PayoutBatch, PayoutItem, SendOutcome
from domain.payouts.rules import FrozenReason, PayoutState, Problem
from domain.provider import (
    BatchRefused,
    ComplianceBlocked,
    Declined,
    NotSent,
    OutcomeUnknown,
    RateLimited,
)
from tests.make.able import AbleRail
from tests.make.payouts import (
    VAULT,
    House,
    attempts,
    eur,
    lose_jobs,
    money_of,
    payout,
    queued_jobs,
)
from tests.make.rail import all_of

pytestmark = pytest.mark.asyncio

STEP_LEASE = timedelta(seconds=20)


def transferred(batch: PayoutBatch) -> SendOutcome:
    """The first of two calls is done."""
    return SendOutcome(
        items=tuple(
            Observation(
                item_ref=item.item_ref,
                state=ObservedState.PENDING,
                next_step="PAYOUT",
                provider_state={"transfer": "tr_1"},
            )
            for item in batch.items
        )
    )


def done(item: PayoutItem, _: str) -> Observation:
    return Observation(
        item_ref=item.item_ref,
        state=ObservedState.PAID,
        provider_state={**item.provider_state, "payout": "po_1"},
    )


async def begun(house: House) -> tuple[AbleRail, Any, UUID, UUID, UUID]:
    rail = AbleRail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(transferred)
    attempt_id = (await attempts(payout_id))[0].id
    return rail, payee, payout_id, batch_id, attempt_id


async def advance(house: House, attempt_id: UUID) -> None:
    await operations.advance_attempt(
        attempt_id=attempt_id,
        providers=house.providers,
        vault=VAULT,
        clock=house.clock,
        new_id=house.world.new_id,
    )


async def next_step(attempt_id: UUID) -> str | None:
    step = await fetch_value("select next_step from payout_attempt where id = $1", attempt_id)
    assert step is None or isinstance(step, str)
    return step


async def test_a_step_is_taken_with_what_the_one_before_gave_us_to_keep(house: House) -> None:
    """The provider keeps no state: what it needs for the next call comes from the core."""
    rail, payee, payout_id, _, attempt_id = await begun(house)
    assert await queued_jobs("payout_advance", str(attempt_id)) == 1
    rail.provider.stepping = done

    await advance(house, attempt_id)

    ((step, item),) = rail.provider.items
    assert (step, dict(item.provider_state)) == ("PAYOUT", {"transfer": "tr_1"})
    assert item.destination.fields["account"] == f"account of {payee.id}"
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert await queries.audit() == []


async def test_a_step_is_taken_once(house: House) -> None:
    """Twice the job, twice at once: one call."""
    rail, _, _, _, attempt_id = await begun(house)
    rail.provider.stepping = done

    await asyncio.gather(*(advance(house, attempt_id) for _ in range(4)))
    await advance(house, attempt_id)

    assert rail.provider.calls.count("advance PAYOUT") == 1


async def test_the_same_step_again_is_another_step(house: House) -> None:
    """A fee is raised as often as it takes."""
    rail, _, _, _, attempt_id = await begun(house)
    rail.provider.stepping = lambda item, step: Observation(
        item_ref=item.item_ref, state=ObservedState.PENDING, next_step=step
    )

    await advance(house, attempt_id)

    assert await next_step(attempt_id) == "PAYOUT"
    assert await queued_jobs("payout_advance", str(attempt_id)) == 2


@pytest.mark.parametrize("error", [OutcomeUnknown("x"), ValueError("x")])
async def test_an_unknown_step_is_looked_up_and_only_then_repeated(
    house: House, error: Exception
) -> None:
    """Nobody takes it again until the provider says that it is still to be taken."""
    rail, _, payout_id, batch_id, attempt_id = await begun(house)
    rail.provider.stepping = error
    await advance(house, attempt_id)
    await advance(house, attempt_id)
    assert rail.provider.calls.count("advance PAYOUT") == 1
    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert await queued_jobs("payout_look_up", str(batch_id)) == 2

    rail.provider.stepping = done
    await rail.look_up(batch_id, all_of(ObservedState.PENDING, next_step="PAYOUT"))
    await advance(house, attempt_id)

    assert (await payout(payout_id)).state is PayoutState.PAID


async def test_a_look_up_while_a_step_is_under_way_does_not_take_it_again(house: House) -> None:
    """What the look-up read may be older than the step."""
    rail, _, payout_id, batch_id, attempt_id = await begun(house)
    told = asyncio.Event()
    may_end = asyncio.Event()

    async def slowly(item: PayoutItem, step: str) -> Observation:
        told.set()
        await may_end.wait()
        return done(item, step)

    rail.provider.stepping = slowly
    stepping = asyncio.create_task(advance(house, attempt_id))
    await told.wait()
    await rail.look_up(
        batch_id, all_of(ObservedState.PENDING, next_step="PAYOUT"), after=timedelta(0)
    )
    await advance(house, attempt_id)
    may_end.set()
    await stepping

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await next_step(attempt_id) is None


@pytest.mark.parametrize("error", [NotSent("x"), RateLimited("x", retry_after_seconds=30)])
async def test_a_step_that_certainly_did_not_arrive_is_taken_again(
    house: House, error: Exception
) -> None:
    """The same one, later."""
    rail, _, payout_id, _, attempt_id = await begun(house)
    rail.provider.stepping = error
    await advance(house, attempt_id)
    assert await next_step(attempt_id) == "PAYOUT"
    assert await queued_jobs("payout_advance", str(attempt_id)) == 2

    house.wait(timedelta(minutes=1))
    rail.provider.stepping = done
    await advance(house, attempt_id)

    assert (await payout(payout_id)).state is PayoutState.PAID


async def test_a_crash_during_a_step_is_looked_up(house: House) -> None:
    """The lease ends; then the provider is asked, and the step may be taken again."""
    rail, _, payout_id, batch_id, attempt_id = await begun(house)
    told = asyncio.Event()

    async def for_ever(item: PayoutItem, step: str) -> Observation:
        told.set()
        await asyncio.Event().wait()
        return done(item, step)

    rail.provider.stepping = for_ever
    stepping = asyncio.create_task(advance(house, attempt_id))
    await told.wait()
    stepping.cancel()  # the process ends, and the answer with it
    with pytest.raises(asyncio.CancelledError):
        await stepping
    await advance(house, attempt_id)
    assert rail.provider.calls.count("advance PAYOUT") == 1
    house.wait(STEP_LEASE)
    await operations.recover_batches(now=house.clock(), new_id=house.world.new_id)
    assert await next_step(attempt_id) is None

    await rail.look_up(batch_id, all_of(ObservedState.PENDING, next_step="PAYOUT"))
    rail.provider.stepping = done
    await advance(house, attempt_id)

    assert (await payout(payout_id)).state is PayoutState.PAID


async def test_a_lost_job_is_found_again(house: House) -> None:
    """A step that is due and that nobody takes is enqueued by the sweep."""
    _, _, _, _, attempt_id = await begun(house)
    await lose_jobs("payout_advance", str(attempt_id))
    house.wait(timedelta(minutes=2))

    await operations.recover_batches(now=house.clock(), new_id=house.world.new_id)

    assert await queued_jobs("payout_advance", str(attempt_id)) == 1


async def test_a_refused_step_is_for_people(house: House) -> None:
    """The first step is done: nobody knows where the money is, so nothing goes on by itself."""
    rail, payee, payout_id, batch_id, attempt_id = await begun(house)
    rail.provider.stepping = BatchRefused(problems=())
    await advance(house, attempt_id)

    await rail.look_up(batch_id, all_of(ObservedState.PENDING, next_step="PAYOUT"))

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.STEP_REFUSED
    assert await next_step(attempt_id) is None
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


@pytest.mark.parametrize(
    ("error", "state", "problem"),
    [
        (Declined("x"), PayoutState.FAILED, Problem.PROVIDER_DECLINED),
        (ComplianceBlocked("x"), PayoutState.ON_HOLD, None),
    ],
)
async def test_a_step_is_classified_as_a_send_is(
    house: House, error: Exception, state: PayoutState, problem: Problem | None
) -> None:
    """A final "no" gives the money back; what is kept back stays where it is."""
    rail, _, payout_id, _, attempt_id = await begun(house)
    rail.provider.stepping = error

    await advance(house, attempt_id)

    record = await payout(payout_id)
    assert (record.state, record.problem) == (state, problem)
    assert await queries.audit() == []


async def test_a_payment_that_ended_meanwhile_takes_no_step(house: House) -> None:
    """The look-up was quicker than the job."""
    rail, _, _, batch_id, attempt_id = await begun(house)
    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    await advance(house, attempt_id)

    assert rail.provider.items == []
