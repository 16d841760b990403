"""Failure 15: a payment comes back, or is taken back, after it was PAID.

One reversing transfer credits the worker, who is told, and the place that did not keep the money
is removed, so that it is checked again before it is paid again. The day of the return is the one
that counts, so the year that paid it stays as it was.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.database import fetch
from domain.events.queries import events_of_subject
from domain.events.rules import BEGINNING
from domain.ledger import queries as ledger
from domain.payouts import queries
from domain.payouts.rules import DestinationState, PayoutState, Problem
from tests.make.events import all_readable
from tests.make.online import OnlineHouse
from tests.make.payouts import attempts, eur, money_of, payout

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("RETURNED", PayoutState.RETURNED),
        ("REFUNDED", PayoutState.REFUNDED),
        ("REVERSED", PayoutState.REVERSED),
    ],
)
async def test_one_reversing_transfer(paypal: OnlineHouse, status: str, state: PayoutState) -> None:
    """Paid in December, back in January: each is booked in its own year, and reversed once."""
    paypal.wait(datetime(2026, 12, 30, tzinfo=UTC) - paypal.world.now)
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PAID
    (attempt,) = await attempts(payout_id)

    paypal.wait(timedelta(days=7))
    paypal.simulator.decide(attempt.item_ref, status)
    for _ in range(3):
        await paypal.look_up(batch_id)

    record = await payout(payout_id)
    assert (record.state, record.problem) == (state, Problem.RETURNED)
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    rows = await fetch(
        "select event, effective_on, reverses from ledger_transfer where correlation_id = $1"
        " and kind in ('payout.paid', 'payout.credited_back') order by effective_on",
        payout_id,
    )
    assert [(row["event"], row["effective_on"].year) for row in rows] == [
        ("E9", 2026),
        ("E9r", 2027),
    ]
    assert rows[1]["reverses"] is not None
    assert not any((await ledger.trial_balance()).values())
    assert await queries.audit() == []


@pytest.mark.parametrize(
    ("status", "is_kept"), [("RETURNED", False), ("REVERSED", False), ("REFUNDED", True)]
)
async def test_the_place_is_checked_again(
    paypal: OnlineHouse, status: str, *, is_kept: bool
) -> None:
    """It did not keep the money, so it is no place any more: who enters it again has it checked.

    A payee who sent the money back has a place that works.
    """
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)
    (attempt,) = await attempts(payout_id)
    paypal.simulator.decide(attempt.item_ref, status)
    await paypal.look_up(batch_id)

    found = await queries.destinations_by_id(ids=[payee.destination_id])
    await all_readable()
    told = await events_of_subject(subject_id=payee.destination_id, at=BEGINNING, limit=50)
    kinds = [each.kind.value for each in told]
    assert (found[payee.destination_id].state is DestinationState.ACTIVE) is is_kept
    assert kinds == ["destination_added", *([] if is_kept else ["destination_removed"])]


async def test_what_was_never_paid_removes_no_place(paypal: OnlineHouse) -> None:
    """Nobody claimed it: the member was late, the place may be right."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("unclaimed")
    await paypal.look_up(batch_id)
    await paypal.look_up(batch_id, after=timedelta(days=35))

    found = await queries.destinations_by_id(ids=[payee.destination_id])
    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert found[payee.destination_id].state is DestinationState.ACTIVE


async def test_the_worker_is_told(paypal: OnlineHouse) -> None:
    """The feed that notices and webhooks are made of has it, once, for its member."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)
    (attempt,) = await attempts(payout_id)
    paypal.simulator.decide(attempt.item_ref, "RETURNED")
    for _ in range(2):
        await paypal.look_up(batch_id)

    await all_readable()
    told = await events_of_subject(subject_id=payout_id, at=BEGINNING, limit=50)

    kinds = [each.kind.value for each in told]
    assert kinds.count("payout_returned") == 1
    assert {each.member_id for each in told} == {payee.id}
