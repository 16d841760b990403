"""Failure 30: a thief changes where a worker is paid.

A step-up is bound to amount and payee, a new destination cools down for a day and waits for the
code of a letter where there was another before (`test_confirmed_destinations`); until then payouts
to it are HELD, where their owner can still cancel them.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.access.operations import StepUpRequired
from domain.events.queries import events_of_member
from domain.events.rules import BEGINNING
from domain.payouts import operations
from domain.payouts.rules import PayoutState, Problem
from domain.routing.rules import Rule
from tests.make.events import all_readable
from tests.make.payouts import House, Payee, attempts, eur, money_of, payout
from tests.make.routing import in_force

pytestmark = pytest.mark.asyncio

COOLING = Rule(name="a day for new destinations", providers=("sandbox",))


async def test_consent_to_the_old_place_pays_no_other(house: House) -> None:
    """A stolen session with a passed step-up: it is good for that amount and that payee only."""
    payee = await house.payee()
    claim = await house.consent(payee, eur("7.00"))
    stolen_id = await house.add_destination(
        payee.id, payee.session, fields={"account": "of a thief", "scenario": "ok"}
    )
    thief = Payee(payee.id, payee.session, stolen_id)

    with pytest.raises(StepUpRequired):
        await house.request(thief, claim=claim)
    with pytest.raises(StepUpRequired):
        await house.request(payee, "6.00", claim=claim)

    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_the_member_hears_of_a_new_place(house: House) -> None:
    """Whatever reads the member's events, a webhook or an open page, tells who did not do it."""
    payee = await house.payee()
    added_id = await house.add_destination(
        payee.id, payee.session, fields={"account": "of a thief", "scenario": "ok"}
    )
    await operations.remove_destination(
        member_id=payee.id, destination_id=added_id, now=house.clock()
    )

    await all_readable()
    told = await events_of_member(member_id=payee.id, at=BEGINNING, limit=50)

    assert [each.kind.value for each in told if each.subject_id == added_id] == [
        "destination_added",
        "destination_removed",
    ]


async def test_a_new_place_waits_a_day(house: House) -> None:
    """HELD with its reason; the owner cancels it in time, and has it all back."""
    payee = await house.payee()
    async with in_force(house.world, COOLING):
        payout_id = (await house.request(payee)).payout_id
        routed = await operations.route_payout(
            payout_id=payout_id,
            providers=house.providers,
            new_id=house.world.new_id,
            now=house.clock(),
        )
        record = await payout(payout_id)
        assert routed is None
        assert (record.state, record.problem) == (
            PayoutState.HELD,
            Problem.DESTINATION_COOLING_DOWN,
        )
        assert record.held_until == house.clock() + timedelta(hours=24)
        house.wait(timedelta(hours=23))
        await operations.release_cooled(now=house.clock())
        assert (await payout(payout_id)).state is PayoutState.HELD

        await operations.cancel_payout(
            worker_id=payee.id,
            payout_id=payout_id,
            key=house.world.key(payee.id),
            new_id=house.world.new_id,
            now=house.clock(),
        )

    assert (await payout(payout_id)).state is PayoutState.CANCELLED
    assert await attempts(payout_id) == []
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
