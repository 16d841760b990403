"""The VAT on a fee invoice is the VAT that the price held, whatever the rate is by now."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.database import fetch, transaction
from domain.invoices import queries
from domain.ledger.rules import AccountKind, Difference
from domain.money import Money
from domain.reference.operations import add_rule
from tests.make.campaigns import balance, rich_employer, usd
from tests.make.difference import planted
from tests.make.invoices import approved_work, fee_invoice
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)


async def raise_rate_in(world: World, year: int) -> None:
    """The test moves into a spring of its own, for rules are never deleted: 19 %, then 25 %."""
    world.now = datetime(year, 3, 1, 12, tzinfo=UTC)
    async with transaction():
        for on, basis_points in ((date(year, 3, 2), 2_500), (date(year, 12, 31), 1_900)):
            await add_rule(
                rule_kind="vat_rate",
                scope="DE",
                valid_from=on,
                value={"basis_points": basis_points},
                source="a test",
            )


async def work(world: World, employer: UUID, *, reward: Money, count: int = 1) -> None:
    worker = await add_worker(world)
    await approved_work(world, employer, worker, count=count, reward=reward)


async def jobs_for(employer: UUID) -> int:
    rows = await fetch(
        "select count(*) from jobs.pgqueuer where entrypoint = 'fee_invoice_issue'"
        " and position($1 in convert_from(payload, 'UTF8')) > 0",
        str(employer),
    )
    return int(rows[0][0])


async def vat_differences() -> list[Difference]:
    return [each for each in await queries.audit() if "VAT" in each.check]


async def test_the_rate_is_that_of_the_funding_day(world: World) -> None:
    """5.00 of fees held 0.95 of VAT: the document must not say 1.25 and call it paid."""
    await raise_rate_in(world, 2031)
    employer = await rich_employer(world)
    accrued = await balance(AccountKind.TAX_VAT_ACCRUED, None)
    await work(world, employer, reward=usd("10"), count=5)
    world.now += 2 * DAY

    record = await fee_invoice(world, employer)

    assert record is not None
    assert (record.net, record.vat) == (usd("5.00"), usd("0.95"))
    assert record.content.vat_basis_points == 1_900
    assert await balance(AccountKind.TAX_VAT_ACCRUED, None) == accrued
    assert await jobs_for(employer) == 0


async def test_each_rate_has_documents_of_its_own(world: World) -> None:
    """The oldest first; a job goes on with the other."""
    await raise_rate_in(world, 2032)
    employer = await rich_employer(world)
    await work(world, employer, reward=usd("1.00"))
    world.now += 2 * DAY
    await work(world, employer, reward=usd("2.00"))

    first = await fee_invoice(world, employer)
    asked = await jobs_for(employer)
    second = await fee_invoice(world, employer)

    assert first is not None and second is not None
    assert (first.net, first.content.vat_basis_points) == (usd("0.10"), 1_900)
    assert (second.net, second.content.vat_basis_points) == (usd("0.20"), 2_500)
    assert (asked, await jobs_for(employer)) == (1, 1)
    assert await fee_invoice(world, employer) is None
    assert await vat_differences() == []


async def test_less_than_a_cent_of_one_rate_keeps_no_other_waiting(world: World) -> None:
    """It waits for more of its own rate, or for the carry that fills it up."""
    await raise_rate_in(world, 2033)
    employer = await rich_employer(world)
    await work(world, employer, reward=usd("0.05"))
    world.now += 2 * DAY
    await work(world, employer, reward=usd("0.25"))

    first = await fee_invoice(world, employer)
    second = await fee_invoice(world, employer)

    assert first is not None and second is not None
    assert (first.net, first.content.vat_basis_points) == (usd("0.02"), 2_500)
    assert first.content.carried_out_micros == second.content.carried_in_micros == 5_000
    assert (second.net, second.content.vat_basis_points) == (usd("0.01"), 1_900)
    assert await vat_differences() == []


async def test_verify_sees_another_rate_on_a_document(world: World) -> None:
    """0.95 was collected; a document with 25 % would say 1.25."""
    employer = await rich_employer(world)
    await work(world, employer, reward=usd("10"), count=5)
    record = await fee_invoice(world, employer)
    assert record is not None

    found = await planted(
        f"update issued_document set vat_minor = 125, gross_minor = 625 where id = '{record.id}'",
        audit=queries.audit,
    )

    seen = {each.check: (each.subject, each.expected, each.found) for each in found}
    assert seen["VAT on a document = VAT its work paid"] == (
        f"document {record.number}",
        "0.95 USD",
        "1.25 USD",
    )


async def test_verify_allows_half_a_cent_and_no_more(world: World) -> None:
    """One approval of 0.40 held 0.076: the 0.08 on the document are right, 0.09 are not."""
    employer = await rich_employer(world)
    await work(world, employer, reward=usd("4.00"))
    record = await fee_invoice(world, employer)
    assert record is not None and record.vat == usd("0.08")
    assert await vat_differences() == []

    found = await planted(
        f"update issued_document set vat_minor = 9, gross_minor = 49 where id = '{record.id}'",
        audit=queries.audit,
    )

    assert "VAT on a document = VAT its work paid" in {each.check for each in found}


async def test_verify_sees_a_micro_too_much_on_the_account(world: World) -> None:
    """What is accrued is the VAT of approved work without that on documents, exactly."""
    employer = await rich_employer(world)
    await work(world, employer, reward=usd("4.00"))

    found = await planted(
        "update ledger_entry set amount = amount - 1 where id = (select e.id from ledger_entry e"
        " join ledger_account a on a.id = e.account_id where a.kind = 'tax:vat_accrued'"
        " and a.currency = 'USD' order by e.id desc limit 1)",
        audit=queries.audit,
    )

    assert [each.check for each in found] == [
        "VAT of approved work - VAT on documents = tax:vat_accrued"
    ]
