"""`send_batch` and `look_up_batch`: every scenario of the sandbox ends where it should."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import fetch
from domain.payouts import operations, queries
from domain.payouts.rules import AttemptState, ClosedReason, FrozenReason, PayoutState, Problem
from tests.make.payouts import (
    SETTLED,
    House,
    attempts,
    batch_state,
    eur,
    money_of,
    payout,
    queued_jobs,
)

pytestmark = pytest.mark.asyncio

SECONDS = timedelta(seconds=1)


async def state_of(payout_id: UUID) -> PayoutState:
    return (await payout(payout_id)).state


async def test_ok_is_paid_at_the_look_up(house: House) -> None:
    """E9 is booked when the provider says so, not when it was asked to."""
    payee, payout_id, batch_id = await house.sent("ok")
    assert await state_of(payout_id) is PayoutState.PENDING
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))

    await house.look_up(batch_id, after=2 * SECONDS)

    record = await payout(payout_id)
    assert (record.state, record.paid_at) == (PayoutState.PAID, house.world.now)
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert await queued_jobs("self_bill_issue", str(payee.id)) == 1
    assert [each.payout_id for each in house.memory.items()] == [str(payout_id)]


async def test_a_paid_batch_is_watched_for_returns_and_then_closed(house: House) -> None:
    """Paid is not the end for weeks; but looking must end."""
    _, _, batch_id = await house.sent("ok")
    await house.look_up(batch_id, after=2 * SECONDS)
    assert await batch_state(batch_id) == "sent"

    await house.look_up(batch_id, after=timedelta(minutes=2))

    assert await batch_state(batch_id) == "closed"


async def test_looking_too_early_does_not_end_the_watch(house: House) -> None:
    """A job that runs twice must not make us miss the money that comes back."""
    _, payout_id, batch_id = await house.sent("returned")
    await house.look_up(batch_id, after=2 * SECONDS)

    await house.look_up(batch_id, after=2 * SECONDS)
    await house.look_up(batch_id, after=2 * SECONDS)
    assert await batch_state(batch_id) == "sent"
    await house.look_up(batch_id, after=timedelta(minutes=2))

    assert await state_of(payout_id) is PayoutState.RETURNED
    assert await batch_state(batch_id) == "closed"


async def test_many_payouts_go_out_in_one_batch(house: House) -> None:
    """One call pays everybody who waits; each is paid once."""
    payees = [await house.payee(scenario="ok") for _ in range(5)]
    ids = [(await house.request(payee)).payout_id for payee in payees]
    batch_id = await house.route(ids[2])

    again = [
        await operations.route_payout(
            payout_id=each,
            providers=house.providers,
            new_id=house.world.new_id,
            now=house.world.now,
        )
        for each in ids
    ]
    await house.send(batch_id)
    await house.look_up(batch_id, after=2 * SECONDS)

    assert again == [None] * 5
    assert len(house.memory.sends()) == 1
    assert sorted(each.payout_id for each in house.memory.items()) == sorted(map(str, ids))
    assert {await state_of(each) for each in ids} == {PayoutState.PAID}


async def test_routing_all_at_once_makes_one_attempt_each(house: House) -> None:
    """The jobs of all requests run at the same time."""
    payees = [await house.payee() for _ in range(6)]
    ids = [(await house.request(payee)).payout_id for payee in payees]

    await asyncio.gather(
        *(
            operations.route_payout(
                payout_id=each,
                providers=house.providers,
                new_id=house.world.new_id,
                now=house.world.now,
            )
            for each in ids
        )
    )

    assert [len(await attempts(each)) for each in ids] == [1] * 6


async def test_sending_at_the_same_time_sends_once(house: House) -> None:
    """A job runs at least once, and now and then twice at the same time."""
    payee = await house.payee()
    batch_id = await house.route((await house.request(payee)).payout_id)

    await asyncio.gather(*(house.send(batch_id) for _ in range(4)))

    assert len(house.memory.sends()) == 1


async def test_failed_puts_everything_back_once(house: House) -> None:
    """The worker may try again with a better destination."""
    payee, payout_id, batch_id = await house.sent("fail")
    await house.look_up(batch_id, after=2 * SECONDS)
    await house.look_up(batch_id, after=2 * SECONDS)

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.FAILED, Problem.PROVIDER_DECLINED)
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    assert await batch_state(batch_id) == "closed"


async def test_returned_after_paid_credits_once(house: House) -> None:
    """The money comes back from the provider's account, not from the worker's transit."""
    payee, payout_id, batch_id = await house.sent("returned")
    await house.look_up(batch_id, after=2 * SECONDS)
    assert await state_of(payout_id) is PayoutState.PAID

    await house.look_up(batch_id, after=timedelta(minutes=2))
    await house.look_up(batch_id, after=timedelta(minutes=2))

    assert await state_of(payout_id) is PayoutState.RETURNED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    kinds = await fetch(
        "select event from ledger_transfer where correlation_id = $1 order by id", payout_id
    )
    assert sorted(row["event"] for row in kinds) == ["E8", "E9", "E9r"]


async def test_returned_without_ever_being_seen_paid(house: House) -> None:
    """A missed "paid" is no obstacle: the money was on its way, and is back."""
    payee, payout_id, batch_id = await house.sent("returned")

    await house.look_up(batch_id, after=timedelta(minutes=5))

    assert await state_of(payout_id) is PayoutState.RETURNED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


@pytest.mark.parametrize(
    ("scenario", "first", "wait", "then"),
    [
        ("slow", PayoutState.PENDING, timedelta(hours=3), PayoutState.PAID),
        ("unclaimed", PayoutState.UNCLAIMED, timedelta(days=31), PayoutState.RETURNED),
        ("hold", PayoutState.ON_HOLD, timedelta(minutes=2), PayoutState.PAID),
    ],
)
async def test_what_takes_longer_ends_as_well(
    house: House, scenario: str, first: PayoutState, wait: timedelta, then: PayoutState
) -> None:
    """Polling alone finishes every payout."""
    _, payout_id, batch_id = await house.sent(scenario)

    await house.look_up(batch_id, after=2 * SECONDS)
    seen = await state_of(payout_id)
    await house.look_up(batch_id, after=wait)

    assert (seen, await state_of(payout_id)) == (first, then)


async def test_a_wrong_amount_freezes_and_books_nothing(house: House) -> None:
    """One cent less than we asked for is for people to explain."""
    payee, payout_id, batch_id = await house.sent("wrong-amount")

    await house.look_up(batch_id, after=2 * SECONDS)
    await house.look_up(batch_id, after=timedelta(days=1))

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.MISMATCH
    assert await state_of(payout_id) is PayoutState.PENDING
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_an_invalid_destination_fails_at_once(house: House) -> None:
    """Nothing was sent, so the worker has the money back and a reason."""
    payee, payout_id, batch_id = await house.sent("invalid")

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.FAILED, Problem.DESTINATION_INVALID)
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    assert await batch_state(batch_id) == "closed"
    assert house.memory.items() == []


async def test_one_invalid_item_sends_the_others_into_a_new_batch(house: House) -> None:
    """A batch that was refused is never sent again; its sound items are."""
    wrong, sound = await house.payee(scenario="invalid"), await house.payee(scenario="ok")
    wrong_id = (await house.request(wrong)).payout_id
    sound_id = (await house.request(sound)).payout_id
    await house.send(await house.route(wrong_id))
    assert await queued_jobs("payout_route", str(sound_id)) == 1

    batch_id = await house.route(sound_id)
    await house.send(batch_id)
    await house.look_up(batch_id, after=2 * SECONDS)

    assert await state_of(wrong_id) is PayoutState.FAILED
    assert await state_of(sound_id) is PayoutState.PAID
    first, second = await attempts(sound_id)
    assert (first.state, first.closed_reason) == (
        AttemptState.REJECTED,
        ClosedReason.BATCH_REFUSED,
    )
    assert first.item_ref != second.item_ref
    assert [each.payout_id for each in house.memory.items()] == [str(sound_id)]


async def test_a_broke_provider_is_asked_again_later(house: House) -> None:
    """Certainly not sent: the same batch waits with the same reference."""
    payee, payout_id, batch_id = await house.sent("broke")
    assert await state_of(payout_id) is PayoutState.QUEUED
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    assert await queued_jobs("payout_send", str(batch_id)) == 2

    house.memory.top_up()
    house.wait(timedelta(minutes=1))
    await house.send(batch_id)
    await house.look_up(batch_id, after=2 * SECONDS)

    assert await state_of(payout_id) is PayoutState.PAID
    assert len(set(house.memory.sends())) == 1


async def test_a_time_out_after_paying_pays_nobody_twice(house: House) -> None:
    """Unknown, money reserved, settled by the look-up alone."""
    payee, payout_id, batch_id = await house.sent("timeout-sent")
    assert await state_of(payout_id) is PayoutState.UNKNOWN
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    await house.send(batch_id)  # a job that runs twice must not send again

    await house.look_up(batch_id, after=2 * SECONDS)

    assert await state_of(payout_id) is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert [each.payout_id for each in house.memory.items()] == [str(payout_id)]
    assert len(house.memory.sends()) == 1


async def test_a_lost_send_is_repeated_once_with_the_same_reference(house: House) -> None:
    """Two look-ups must agree, after the provider had time; then, and only then."""
    _, payout_id, batch_id = await house.sent("timeout-lost")
    await house.look_up(batch_id, after=2 * SECONDS)
    assert await state_of(payout_id) is PayoutState.UNKNOWN
    await house.look_up(batch_id, after=SETTLED)
    assert await state_of(payout_id) is PayoutState.UNKNOWN

    await house.look_up(batch_id, after=2 * SECONDS)

    assert await state_of(payout_id) is PayoutState.QUEUED
    assert await queued_jobs("payout_send", str(batch_id)) == 2
    await house.send(batch_id)
    await house.look_up(batch_id, after=2 * SECONDS)
    assert await state_of(payout_id) is PayoutState.PAID
    assert len(house.memory.sends()) == 2
    assert len(set(house.memory.sends())) == 1
    assert [each.payout_id for each in house.memory.items()] == [str(payout_id)]


async def test_two_look_ups_at_once_do_not_confirm_each_other(house: House) -> None:
    """The same moment twice is one moment."""
    _, payout_id, batch_id = await house.sent("timeout-lost")
    house.wait(SETTLED)

    await asyncio.gather(*(house.look_up(batch_id) for _ in range(4)))

    assert await state_of(payout_id) is PayoutState.UNKNOWN


async def test_the_books_agree_whatever_happened(house: House) -> None:
    """Every cent on its way is explained by an open payout."""
    for scenario in ("ok", "fail", "timeout-sent", "timeout-lost", "invalid", "returned", "slow"):
        _, _, batch_id = await house.sent(scenario)
        await house.look_up(batch_id, after=2 * SECONDS)

    assert await queries.audit() == []
