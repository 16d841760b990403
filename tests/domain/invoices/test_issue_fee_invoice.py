"""`issue_fee_invoice`: each approved assignment is billed once, to the micro, without a gap."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch, fetch_row, transaction
from domain.errors import NotFound
from domain.filters import among
from domain.invoices import operations, queries
from domain.invoices.rules import DocumentKind, FileKind, Note
from domain.ledger.rules import AccountKind
from domain.money import Money
from domain.paging import Page
from tests.make.campaigns import balance, rich_employer, usd
from tests.make.invoices import UNCHECKED, approved_work, fee_invoice
from tests.make.members import add_worker
from tests.make.payouts import VAULT
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def vat_booked() -> tuple[int, int]:
    accrued = await balance(AccountKind.TAX_VAT_ACCRUED, None)
    return accrued, await balance(AccountKind.TAX_VAT_OUTPUT, None)


async def test_bills_fees_with_vat_paid_from_the_deposit(world: World) -> None:
    """Seven approvals at 0.05: the fee is 0.035, so three cents stand there and half waits."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await approved_work(world, employer, worker, count=7, reward=usd("0.05"))
    accrued, output = await vat_booked()

    record = await fee_invoice(world, employer)

    assert record is not None
    assert (record.kind, record.counterparty_id) == (DocumentKind.FEE_INVOICE, employer)
    assert (record.net, record.vat, record.gross) == (usd("0.03"), usd("0.01"), usd("0.04"))
    document = record.content
    (line,) = document.lines
    assert (line.campaign_id, line.count, line.unit_micros, line.net_minor) == (
        campaign_id,
        7,
        5_000,
        3,
    )
    assert (document.seller.name, document.buyer.member_id) == ("Piecerate Demo GmbH", employer)
    assert (document.buyer.name, document.buyer.country) == ("Emil Employer", "DE")
    assert (document.vat_basis_points, document.due_minor) == (1900, 0)
    assert document.notes == (Note.PAID_FROM_DEPOSIT,)
    assert (document.carried_in_micros, document.carried_out_micros) == (0, 5_000)
    assert document.period_from == document.period_to == world.now.date()
    assert record.number.startswith("DE-2026-") and document.number == record.number
    # E24: exactly the document's VAT, whatever was accrued in micros
    assert await vat_booked() == (accrued - 10_000, output + 10_000)


async def test_bills_once(world: World) -> None:
    """A second run finds nothing; new work is billed with what was carried."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=7, reward=usd("0.05"))
    assert await fee_invoice(world, employer)
    assert await fee_invoice(world, employer) is None

    await approved_work(world, employer, worker, count=1, reward=usd("0.05"))
    second = await fee_invoice(world, employer)

    assert second is not None
    assert second.net == usd("0.01")  # 0.005 carried and 0.005 of the new one
    assert [(line.title, line.net_minor) for line in second.content.lines] == [
        ("Is there a cat?", 0),
        ("", 1),
    ]
    assert (second.content.carried_in_micros, second.content.carried_out_micros) == (5_000, 0)


async def test_less_than_a_smallest_unit_waits(world: World) -> None:
    """No document of 0.00 is sent to anybody."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=1, reward=usd("0.05"))

    assert await fee_invoice(world, employer) is None
    assert (employer, "USD") in await queries.counterparties_to_bill(kind=DocumentKind.FEE_INVOICE)

    await approved_work(world, employer, worker, count=1, reward=usd("0.05"))
    record = await fee_invoice(world, employer)
    assert record is not None and record.net == usd("0.01")
    assert (employer, "USD") not in await queries.counterparties_to_bill(
        kind=DocumentKind.FEE_INVOICE
    )


async def test_a_country_without_a_rate_of_its_own_pays_no_vat(world: World) -> None:
    """And the document says so."""
    employer, worker = await rich_employer(world, country="US"), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))
    booked = await vat_booked()

    record = await fee_invoice(world, employer)

    assert record is not None and record.vat == usd("0")
    assert record.content.notes == (Note.PAID_FROM_DEPOSIT, Note.NO_VAT_CHARGED)
    assert await vat_booked() == booked


async def test_one_line_per_campaign(world: World) -> None:
    """An employer reads what each campaign cost."""
    employer, worker = await rich_employer(world), await add_worker(world)
    first = await approved_work(world, employer, worker, count=2, reward=usd("0.05"))
    second = await approved_work(world, employer, worker, count=1, reward=usd("1.00"))

    record = await fee_invoice(world, employer)

    assert record is not None
    assert {line.campaign_id: line.net_minor for line in record.content.lines} == {
        first: 1,
        second: 10,
    }


async def test_too_much_for_one_document_fills_another(world: World) -> None:
    """A campaign of 300,000 places would outlast every statement; a job goes on with the rest."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=3, reward=usd("0.20"))

    ids = [
        await operations.issue_fee_invoice(
            vault=VAULT,
            employer_id=employer,
            currency="USD",
            checks=UNCHECKED,
            new_id=world.new_id,
            now=world.now,
            work_count_max=2,
        )
        for _ in range(3)
    ]

    found = await queries.documents_by_id(ids=[each for each in ids if each], viewer_id=employer)
    assert [found[each].net if each else None for each in ids] == [usd("0.04"), usd("0.02"), None]
    asked = await fetch(
        "select dedupe_key from jobs.pgqueuer where entrypoint = 'fee_invoice_issue'"
        " and position($1 in convert_from(payload, 'UTF8')) > 0",
        str(employer),
    )
    assert [row["dedupe_key"] for row in asked] == [f"fee_invoice_issue:{ids[0]}"]


async def test_runs_at_once_bill_nothing_twice(world: World) -> None:
    """Ten issuers for one employer: one document, and the others find nothing left."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=4, reward=usd("0.05"))

    issued = await asyncio.gather(*(fee_invoice(world, employer) for _ in range(10)))

    (record,) = [each for each in issued if each]
    assert record.net == usd("0.02")


async def test_the_canonical_record_is_frozen(world: World) -> None:
    """Its keys are sorted, its digest stands beside it, and later changes do not reach it."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))
    record = await fee_invoice(world, employer)
    assert record is not None
    async with transaction():
        await execute("update member_person set name = 'Other' where member_id = $1", employer)

    row = await fetch_row(
        "select canonical_json, canonical_sha256 from issued_document where id = $1", record.id
    )

    assert row is not None
    content = json.loads(row["canonical_json"])
    assert (
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        == (row["canonical_json"])
    )
    assert row["canonical_sha256"] == hashlib.sha256(row["canonical_json"].encode()).digest()
    assert content["buyer"]["name"] == "Emil Employer"


async def test_the_pdf_is_asked_for_in_the_same_transaction(world: World) -> None:
    """A document without its job would never be drawn."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))

    record = await fee_invoice(world, employer)

    assert record is not None and not record.has_pdf
    payloads = [
        json.loads(row["payload"])
        for row in await fetch(
            "select payload from jobs.pgqueuer where entrypoint = 'document_render'"
        )
    ]
    assert {"document_id": str(record.id)} in payloads


@pytest.mark.parametrize(
    "sql",
    [
        "update issued_document set net_minor = net_minor",
        "delete from issued_document",
        "truncate issued_document cascade",
        "update document_file set content = content",
        "delete from document_file",
        "truncate document_file",
        "update billed_work set document_kind = document_kind",
        "delete from billed_work",
        "truncate billed_work",
    ],
)
async def test_an_issued_document_never_changes(world: World, sql: str) -> None:
    """A mistake is corrected by another document."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))
    record = await fee_invoice(world, employer)
    assert record is not None
    async with transaction():
        await execute("insert into document_file values ($1, 'pdf', sha256('x'), 'x')", record.id)

    with pytest.raises(asyncpg.RestrictViolationError) as refusal:
        async with transaction():
            await execute(sql)

    assert refusal.value.constraint_name == "append_only"


async def test_documents_are_their_counterpartys_alone(world: World) -> None:
    """To everybody else they do not exist."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))
    record = await fee_invoice(world, employer)
    assert record is not None

    assert await queries.documents_by_id(ids=[record.id], viewer_id=worker) == {}
    with pytest.raises(NotFound):
        await queries.document_file(document_id=record.id, kind=FileKind.PDF, viewer_id=worker)
    assert (
        await queries.document_file(document_id=record.id, kind=FileKind.PDF, viewer_id=employer)
        is None
    )


async def test_documents_come_in_pages_newest_first(world: World) -> None:
    """Three invoices, two at a time."""
    employer, worker = await rich_employer(world), await add_worker(world)
    issued: list[UUID] = []
    for hour in range(3):
        await approved_work(world, employer, worker, count=2, reward=usd("0.05"))
        document_id = await operations.issue_fee_invoice(
            vault=VAULT,
            employer_id=employer,
            currency="USD",
            checks=UNCHECKED,
            new_id=world.new_id,
            now=world.later(timedelta(hours=hour)),
        )
        assert document_id is not None
        issued.append(document_id)

    first = await queries.documents_of(counterparty_id=employer, page=Page(limit=2))
    rest = await queries.documents_of(
        counterparty_id=employer,
        where=among("kind", [DocumentKind.FEE_INVOICE]),
        page=Page(limit=2, after=(first[-1].created_at, first[-1].id)),
    )
    none = await queries.documents_of(
        counterparty_id=employer, where=among("kind", [DocumentKind.SELF_BILL]), page=Page(limit=2)
    )
    counts = await queries.count_documents_of(parent_ids=[employer])

    assert [each.id for each in (*first, *rest)] == issued[::-1]
    assert none == []
    assert counts[employer].number == 3


async def test_money_is_whole_on_every_document(world: World) -> None:
    """What the row says is the record, in micros of the same currency."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=3, reward=usd("1.00"))

    record = await fee_invoice(world, employer)

    assert record is not None
    assert record.net == Money(record.content.net_minor * 10_000, "USD") == usd("0.30")
    assert record.gross == record.net + record.vat == usd("0.36")
