"""A payout of whom the tax office doubts: held from a day on, until they answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.payouts import operations
from domain.payouts.rules import PayoutState
from domain.taxes import operations as taxes
from domain.taxes import queries
from tests.make.members import add_finance_member, session_of
from tests.make.payouts import House, payout
from tests.make.taxes import W9_FORM, submitted_form

pytestmark = pytest.mark.asyncio


async def test_payouts_are_held_from_the_thirtieth_business_day_on(house: House) -> None:
    """Not before; and they go on once the member has answered."""
    world, payee = house.world, await house.payee()
    early = (await house.request(payee, "1.00")).payout_id
    await taxes.record_b_notice(
        actor_id=await add_finance_member(world),
        member_id=payee.id,
        received_on=world.now.date(),
        tax_year=world.now.year - 1,
        new_id=world.new_id,
        now=world.now,
    )
    await house.route(early)
    (notice,) = await queries.open_b_notices(member_id=payee.id)

    house.wait(notice.withhold_from - world.now.date())
    payee = replace(payee, session=await session_of(world, payee.id))
    late = (await house.request(payee, "1.00")).payout_id
    await operations.route_payout(
        payout_id=late, providers=house.providers, new_id=world.new_id, now=world.now
    )
    held = await payout(late)
    await submitted_form(world, payee.id, W9_FORM)
    heard = await operations.hear_of_standing(member_id=payee.id)
    await house.route(late)

    assert (await payout(early)).state is PayoutState.QUEUED
    assert (held.state, held.problem) == (PayoutState.HELD, "tax_notice")
    assert (heard, (await payout(late)).state) == (1, PayoutState.QUEUED)
