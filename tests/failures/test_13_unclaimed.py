"""Failure 13: nobody claims the payment, and after thirty days it comes back.

UNCLAIMED until then, the worker is reminded every week and may ask for it back; when it is
returned there is one credit of the whole amount, and what the provider took stays our expense.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.events.queries import events_of_subject
from domain.events.rules import BEGINNING
from domain.payouts import operations
from domain.payouts.rules import PayoutState
from tests.failures.books import fees_booked
from tests.make.events import all_readable
from tests.make.online import OnlineHouse
from tests.make.payouts import VAULT, attempts, eur, money_of, payout

pytestmark = pytest.mark.asyncio


async def test_after_thirty_days_it_is_credited_once(paypal: OnlineHouse) -> None:
    """The clock alone brings it back; look-ups every week never credit it twice."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("unclaimed")
    for _ in range(4):
        await paypal.look_up(batch_id, after=timedelta(days=7))
        assert (await payout(payout_id)).state is PayoutState.UNCLAIMED
        assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))

    for _ in range(3):
        await paypal.look_up(batch_id, after=timedelta(days=7))

    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    assert await fees_booked(payout_id) == [("USD", 250_000)]


async def test_the_worker_is_reminded_every_week(paypal: OnlineHouse) -> None:
    """Once a week from the day it began to wait, and no longer than it waits."""
    _, (payout_id,), batch_id = await paypal.sent_to("unclaimed")
    await paypal.look_up(batch_id)
    assert await kinds_told(payout_id) == ["payout_unclaimed"]

    for day in range(1, 17):
        paypal.wait(timedelta(days=1))
        await operations.remind_unclaimed(now=paypal.clock(), limit=500)
        told = await kinds_told(payout_id)
        assert told == ["payout_unclaimed", *["payout_unclaimed_reminder"] * (day // 7)], day
    await paypal.look_up(batch_id, after=timedelta(days=20))
    paypal.wait(timedelta(days=8))
    before = await kinds_told(payout_id)
    await operations.remind_unclaimed(now=paypal.clock(), limit=500)  # of others too

    assert (await kinds_told(payout_id)) == before
    assert before[-1] == "payout_returned"


async def kinds_told(payout_id: UUID) -> list[str]:
    """Of where it waits, and what became of it."""
    await all_readable()
    events = await events_of_subject(subject_id=payout_id, at=BEGINNING, limit=50)
    kinds = [each.kind.value for each in events]
    return [each for each in kinds if "unclaimed" in each or "returned" in each]


async def test_the_worker_asks_for_it_back(paypal: OnlineHouse) -> None:
    """At the provider it is cancelled, and the whole amount is on the balance again."""
    (payee,), (payout_id,), batch_id = await paypal.sent_to("unclaimed")
    await paypal.look_up(batch_id)

    await operations.cancel_payout(
        worker_id=payee.id,
        payout_id=payout_id,
        key=paypal.world.key(payee.id),
        providers=paypal.providers,
        new_id=paypal.world.new_id,
        now=paypal.world.now,
    )
    (attempt,) = await attempts(payout_id)
    await operations.cancel_at_provider(
        attempt_id=attempt.id,
        providers=paypal.providers,
        vault=VAULT,
        clock=paypal.clock,
        new_id=paypal.world.new_id,
    )
    await paypal.look_up(batch_id)

    assert (await payout(payout_id)).state in (PayoutState.RETURNED, PayoutState.CANCELLED)
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
