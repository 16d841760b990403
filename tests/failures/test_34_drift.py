"""Failure 34: our books and the provider's drift apart.

Its statement is read daily; every line is booked here or waits for people, and every day is
proven to differ by nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from domain.database import execute, fetch, transaction
from domain.money import Money
from domain.payouts.rules import PayoutState
from domain.provider_inbox import operations as inbox
from domain.provider_inbox import queries
from domain.provider_inbox.queries import DriftRecord
from domain.provider_inbox.rules import LINE_GRACE, LineState, Reason
from plugins.payments.paypal.simulator.reports import Line
from tests.make.members import add_finance_member
from tests.make.online import OnlineHouse
from tests.make.payouts import attempts, payout

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def stated(paypal: OnlineHouse) -> AsyncIterator[OnlineHouse]:
    """Its lines would be exceptions in the audits of other tests."""
    try:
        yield paypal
    finally:
        async with transaction():
            name = paypal.instance_id
            await execute("delete from provider_statement_line where instance_id = $1", name)
            await execute("delete from provider_cursor where instance_id = $1", name)


async def drift(house: OnlineHouse) -> list[DriftRecord]:
    today = house.world.now.date()
    found = await queries.drift(since=today - 400 * DAY, until=today + DAY, limit=1000)
    return [each for each in found if each.instance_id == house.instance_id]


async def states(house: OnlineHouse) -> set[str]:
    rows = await fetch(
        "select state from provider_statement_line where instance_id = $1", house.instance_id
    )
    return {row["state"] for row in rows}


async def test_a_week_with_every_ending_differs_by_nothing(stated: OnlineHouse) -> None:
    """Paid, failed, unclaimed and returned, and the fee of each: all lines find their booking."""
    names = ("worker", "failed", "unclaimed", "returned", "other")
    _, ids, batch_id = await stated.sent_to(*names)
    await stated.look_up(batch_id)
    (last,) = await attempts(ids[-1])
    stated.wait(DAY)
    stated.simulator.decide(last.item_ref, "REFUNDED")

    for _ in range(40):
        await stated.look_up(batch_id, after=DAY)
        await stated.read_statement()

    assert [(await payout(each)).state for each in ids] == [
        PayoutState.PAID,
        PayoutState.FAILED,
        PayoutState.RETURNED,
        PayoutState.RETURNED,
        PayoutState.REFUNDED,
    ]
    assert await states(stated) == {LineState.MATCHED}
    assert await drift(stated) == []


async def test_a_line_of_nobody_is_for_people(stated: OnlineHouse) -> None:
    """Somebody paid by hand at the provider: told, and gone once finance has explained it."""
    _, _, batch_id = await stated.sent_to("worker")
    await stated.look_up(batch_id)
    stated.simulator.report.other.append(
        Line(
            transaction_id="T9999999999999999",
            code="T0001",
            at=stated.simulator.clock.now(),
            amount=Money(-5_000_000, "EUR"),
            custom="PZZ000000000000",
        )
    )
    for _ in range(3):
        stated.wait(DAY)
        await stated.read_statement()
    stated.wait(LINE_GRACE)
    await stated.read_statement()

    (line,) = [
        each
        for each in await queries.exceptions(limit=1000)
        if each.instance_id == stated.instance_id
    ]
    assert line.reason is Reason.UNKNOWN_REF
    (day,) = await drift(stated)
    assert (day.stated, day.line_count) == (Money(-5_000_000, "EUR"), 1)
    await inbox.explain_line(
        line_id=line.id,
        note="Paid by hand, ticket 7",
        explained_by=await add_finance_member(stated.world),
        now=stated.world.now,
    )
    assert await drift(stated) == []
