"""What was booked at Stripe: every line once, oldest first, exact, with our references."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.deposits.provider import RefundRequest
from domain.money import Money
from domain.provider_news import LineKind, StatementLine
from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.deposits import StripeDeposits
from plugins.payments.stripe.destinations import ACCOUNT_KIND
from plugins.payments.stripe.global_payouts import StripePayouts
from plugins.payments.stripe.statements import LAG
from tests.plugins.stripe.make import Stripe, deposit_of, item_of


async def lines_of(
    provider: StripePayouts | StripeConnect | StripeDeposits,
    side: Stripe,
    cursor: str | None = None,
    *,
    until: datetime | None = None,
) -> tuple[list[StatementLine], str | None]:
    lines: list[StatementLine] = []
    until = (until or side.simulator.clock.now() + timedelta(seconds=1)) + LAG
    async for page in provider.statement(cursor, until, side.context()):
        lines += page.lines
        cursor = page.cursor
    return lines, cursor


@pytest.mark.asyncio
async def test_the_balance_with_its_fees(stripe_side: Stripe) -> None:
    """A deposit is gross and its fee apart; refunds, disputes and transfers each say whose."""
    deposit, item = deposit_of(), item_of(kind=ACCOUNT_KIND)
    async with (
        stripe_side.opened(StripeDeposits) as deposits,
        stripe_side.opened(StripeConnect) as connect,
    ):
        start = await deposits.create(deposit, stripe_side.context())
        stripe_side.simulator.checkout.pay(start.provider_ref)
        await deposits.refund(
            RefundRequest(refund_ref="R1", deposit=deposit, amount=Money(1_000_000, "USD")),
            stripe_side.context(),
        )
        await connect.send(stripe_side.batch(item), stripe_side.context())
        (transfer,) = stripe_side.simulator.payments("transfer", item.item_ref)
        stripe_side.simulator.connect.reverse(transfer, 34)
        lines, _ = await lines_of(connect, stripe_side)

    assert [
        (each.kind, each.amount.micros, each.item_ref or each.deposit_ref) for each in lines
    ] == [
        (LineKind.DEPOSIT, 50_000_000, deposit.deposit_ref),
        (LineKind.FEE, -1_750_000, deposit.deposit_ref),
        (LineKind.RETURN, -1_000_000, deposit.deposit_ref),
        (LineKind.PAYOUT, -12_340_000, item.item_ref),
        (LineKind.REVERSAL, 340_000, item.item_ref),
    ]
    assert len({each.line_id for each in lines}) == 5


@pytest.mark.asyncio
async def test_hundreds_of_lines_once_each_over_many_readings(stripe_side: Stripe) -> None:
    """Stripe lists the newest first; we read on from the last line, as far as we were told to."""
    books = stripe_side.simulator.books
    for number in range(250):
        books.book("topup", 100 + number, "usd", source="tu_1")
        stripe_side.simulator.clock.advance(timedelta(minutes=1))
    start = stripe_side.simulator.clock.now() - timedelta(minutes=250)
    async with stripe_side.opened(StripeConnect) as provider:
        first, cursor = await lines_of(provider, stripe_side, until=start + timedelta(minutes=120))
        second, cursor = await lines_of(provider, stripe_side, cursor)
        third, same = await lines_of(provider, stripe_side, cursor)

    amounts = [each.amount.micros // 10_000 for each in first + second]
    assert amounts == list(range(100, 350))
    assert len(first) == 120
    assert (third, same) == ([], cursor)
    assert {each.kind for each in first} == {LineKind.TOP_UP}


@pytest.mark.asyncio
async def test_the_last_minute_is_left_for_the_next_reading(stripe_side: Stripe) -> None:
    """What shows late must not lie behind the cursor already."""
    stripe_side.simulator.books.book("topup", 100, "usd", source="tu_1")
    stripe_side.simulator.clock.advance(timedelta(seconds=30))
    async with stripe_side.opened(StripeConnect) as provider:
        now = stripe_side.simulator.clock.now()
        early, cursor = await lines_of(provider, stripe_side, until=now - LAG)
        late, _ = await lines_of(provider, stripe_side, cursor)

    assert (early, cursor) == ([], None)
    assert len(late) == 1


@pytest.mark.asyncio
async def test_nothing_booked_and_nothing_wanted(stripe_side: Stripe) -> None:
    """An empty account, an instance that leaves the statement to another one, a late start."""
    async with stripe_side.opened(StripeConnect) as provider:
        assert await lines_of(provider, stripe_side) == ([], None)
    stripe_side.simulator.books.book("topup", 100, "usd", source="tu_1")
    async with stripe_side.opened(StripeConnect, reads_statement=False) as provider:
        assert await lines_of(provider, stripe_side) == ([], None)
    later = (stripe_side.simulator.clock.now() + timedelta(days=2)).date()
    async with stripe_side.opened(StripeConnect, statement_from=later.isoformat()) as provider:
        assert await lines_of(provider, stripe_side) == ([], None)


@pytest.mark.asyncio
async def test_the_financial_account(stripe_side: Stripe) -> None:
    """What is only set aside has not left; what comes back weeks later says whose it was."""
    batch = stripe_side.batch(item_of())
    async with stripe_side.opened(StripePayouts) as provider:
        sent = await provider.send(batch, stripe_side.context())
        early, cursor = await lines_of(provider, stripe_side)
        stripe_side.simulator.clock.advance(timedelta(hours=2))
        await provider.look_up(batch, stripe_side.context())
        posted, cursor = await lines_of(provider, stripe_side, cursor)
        stripe_side.simulator.clock.advance(timedelta(days=20))
        (payment,) = stripe_side.simulator.payments("outbound_payment", "PZZ000000000001")
        stripe_side.simulator.global_payouts.set_payment(payment, "returned", reason="recalled")
        back, cursor = await lines_of(provider, stripe_side, cursor)
        again, _ = await lines_of(provider, stripe_side, cursor)

    assert early == again == []
    told = [(each.kind, each.amount.micros, each.item_ref) for each in (*posted, *back)]
    assert told == [
        (LineKind.PAYOUT, -12_340_000, "PZZ000000000001"),
        (LineKind.RETURN, 12_340_000, "PZZ000000000001"),
    ]
    assert {each.provider_ref for each in (*posted, *back)} == {sent.provider_ref}


@pytest.mark.asyncio
async def test_entries_of_another_account_are_not_ours(stripe_side: Stripe) -> None:
    """Stripe lists those of every financial account at once."""
    async with stripe_side.opened(
        StripePayouts, statement_from=date(2026, 3, 1).isoformat()
    ) as provider:
        await provider.send(stripe_side.batch(item_of()), stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(hours=2))
        await provider.health(stripe_side.context())
        for entry in stripe_side.simulator.books.all("transaction_entry"):
            entry["transaction_details"]["financial_account"] = "fa_other"
        lines, cursor = await lines_of(provider, stripe_side)

    assert lines == []
    assert cursor is not None


@pytest.mark.asyncio
async def test_an_instance_that_pays_and_is_paid_reads_both(stripe_side: Stripe) -> None:
    """The core asks one port of an instance only, and keeps one cursor for it."""
    deposit, batch = deposit_of(), stripe_side.batch(item_of())
    async with (
        stripe_side.opened(StripeDeposits) as deposits,
        stripe_side.opened(StripePayouts) as payouts,
    ):
        start = await deposits.create(deposit, stripe_side.context())
        stripe_side.simulator.checkout.pay(start.provider_ref)
        await payouts.send(batch, stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(hours=2))
        await payouts.health(stripe_side.context())
        lines, cursor = await lines_of(payouts, stripe_side)
        again, same = await lines_of(payouts, stripe_side, cursor)
        stripe_side.simulator.books.book("topup", 100, "usd", source="tu_1")
        later, _ = await lines_of(payouts, stripe_side, same)

    assert [each.item_ref or each.deposit_ref for each in lines] == [
        "PZZ000000000001",
        deposit.deposit_ref,
        deposit.deposit_ref,
    ]
    assert again == []
    assert [each.kind for each in later] == [LineKind.TOP_UP]
