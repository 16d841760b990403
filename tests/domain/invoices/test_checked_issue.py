"""A document is held against the rules before it has a number, and the number never has a gap."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

import pytest

from domain.database import fetch_row, transaction
from domain.invoices import operations, queries
from domain.invoices.operations import DocumentInvalid
from domain.invoices.operations.drafts import draft_fee_invoice
from domain.invoices.operations.issue import issue_same
from domain.invoices.rules import Document, DocumentKind
from tests.make.campaigns import approve, rich_employer, running, submitted, usd
from tests.make.invoices import UNCHECKED, Faulty, approved_work, fee_invoice, self_bill
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.world import World

pytestmark = pytest.mark.asyncio


class Meddling:
    """While it checks, somebody approves more work."""

    def __init__(self, world: World, employer: UUID, worker: UUID) -> None:
        self.world, self.employer, self.worker = world, employer, worker
        self.checked: list[Document] = []

    async def problems(self, document: Document) -> list[str]:
        self.checked.append(document)
        if len(self.checked) == 1:
            campaign = await running(self.world, self.employer, places=(1,), reward=usd("1.00"))
            await approve(
                self.world, self.employer, await submitted(self.world, self.worker, campaign)
            )
        return []


async def of_employer(employer: UUID) -> list[queries.DraftRecord]:
    return [each for each in await queries.drafts() if each.counterparty_id == employer]


async def broken_issue(world: World, employer: UUID) -> None:
    """The number is taken, and then everything is undone."""
    make = partial(
        draft_fee_invoice, vault=VAULT, employer_id=employer, currency="USD", now=world.now
    )
    async with transaction():
        draft = await make()
    async with transaction():
        await issue_same(draft, make, new_id=world.new_id, now=world.now)
        raise ZeroDivisionError


async def test_problems_are_kept_as_a_draft_until_they_are_gone(world: World) -> None:
    """No number is taken, nothing is billed; when it passes, the draft goes."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("1.00"))
    before, faulty = await queries.number_series(), Faulty("BR-AE-02: no VAT id")

    for _ in range(2):
        issued = await operations.issue_fee_invoice(
            vault=VAULT,
            employer_id=employer,
            currency="USD",
            checks=faulty,
            new_id=world.new_id,
            now=world.now,
        )
        assert issued is None

    (draft,) = await of_employer(employer)
    assert (draft.kind, draft.net) == (DocumentKind.FEE_INVOICE, usd("0.20"))
    assert draft.problems == ("BR-AE-02: no VAT id",)
    assert faulty.documents[0].number == ""
    assert await queries.number_series() == before
    assert await fee_invoice(world, employer) is not None
    assert await of_employer(employer) == []


async def test_finance_hears_the_rules(world: World) -> None:
    """And may try again with the same key once it is put right."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("1.00"))
    finance = await add_finance_member(world)
    faulty, key = Faulty("BR-CO-09: no country"), world.key(finance)

    async def issue() -> operations.Issued:
        return await operations.issue_invoice(
            vault=VAULT,
            actor_id=finance,
            kind=DocumentKind.FEE_INVOICE,
            member_id=employer,
            currency="USD",
            key=key,
            checks=faulty,
            new_id=world.new_id,
            now=world.now,
        )

    with pytest.raises(DocumentInvalid):
        await issue()
    assert len(await of_employer(employer)) == 1
    faulty.found = []
    assert (await issue()).document_id is not None


async def test_what_was_checked_is_what_is_issued(world: World) -> None:
    """Work that is approved in between is checked too."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=1, reward=usd("1.00"))
    meddling = Meddling(world, employer, worker)

    issued = await operations.issue_fee_invoice(
        vault=VAULT,
        employer_id=employer,
        currency="USD",
        checks=meddling,
        new_id=world.new_id,
        now=world.now,
    )

    assert issued is not None and len(meddling.checked) == 2
    record = (await queries.any_documents(ids=[issued]))[issued]
    assert record.net == usd("0.20")
    assert record.content.lines == meddling.checked[1].lines


async def test_sixty_at_once_with_twenty_rollbacks_leave_no_gap(world: World) -> None:
    """Every third fails after its number was taken."""
    finance = await add_finance_member(world)
    year = 2060
    world.now = world.now.replace(year=year)
    employers = [await rich_employer(world) for _ in range(60)]
    worker = await add_worker(world)
    for employer in employers:
        await approved_work(world, employer, worker, count=1, reward=usd("1.00"))
    gate = asyncio.Semaphore(6)

    async def issue(employer: UUID, *, is_broken: bool) -> None:
        async with gate:
            if not is_broken:
                assert await fee_invoice(world, employer) is not None
                return

            with pytest.raises(ZeroDivisionError):
                await broken_issue(world, employer)

    await asyncio.gather(*(issue(each, is_broken=at % 3 == 0) for at, each in enumerate(employers)))

    assert finance
    (series,) = [
        each
        for each in await queries.number_series()
        if each.year == year and each.kind is DocumentKind.FEE_INVOICE
    ]
    assert (series.next_number, series.document_count, series.is_gapless) == (41, 40, True)


async def test_the_decision_stays_with_the_document(world: World) -> None:
    """Years later one can still say why it has that VAT."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("1.00"))

    fee, bill = await fee_invoice(world, employer), await self_bill(world, worker)

    assert fee is not None and bill is not None
    assert fee.content.treatment is not None and bill.content.treatment is not None
    assert (fee.content.treatment.category, fee.content.treatment.basis_points) == ("S", 1900)
    assert (bill.content.treatment.category, bill.content.treatment.basis_points) == ("O", None)
    sql = "select vat_decision ->> 'rule' as rule from issued_document where id = $1"
    for record, rule in ((fee, "same_country"), (bill, "private_person")):
        row = await fetch_row(sql, record.id)
        assert row is not None and row["rule"] == record.content.vat_rule == rule
    # Of the words for private persons nobody has read the source; the rate of Germany somebody has.
    assert (fee.unverified_rules, bill.unverified_rules) == (
        (),
        ("exemption_text private_person/* 2010-01-01",),
    )


async def test_documents_are_in_the_members_language(world: World) -> None:
    """By what they say, else by their country."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("1.00"))
    await operations.set_document_language(member_id=worker, language="es")

    fee, bill = await fee_invoice(world, employer), await self_bill(world, worker)

    assert fee is not None and bill is not None
    assert (fee.content.language, bill.content.language) == ("de", "es")
    assert UNCHECKED
