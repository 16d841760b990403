"""Members who are businesses on documents, held against the rules of authorities themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import fetch, transaction
from domain.errors import InvalidTransition
from domain.invoices import operations, queries
from domain.invoices.rules import Bill, Document, DocumentKind, DocumentLine, Note, without_vat
from domain.ledger.rules import Difference
from domain.taxes import operations as taxes
from domain.taxes import queries as tax_reads
from domain.taxes.rules import VatCategory, WorkerStatus
from domain.taxes.rules.forms import Address
from domain.taxes.rules.profile import SelfBillStop
from domain.taxes.rules.union_forms import VatForm
from domain.vault.operations import shred_subject
from gateway.finance.checks import Checks
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import agreed, approved_work, self_bill
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.taxes import VAT_FORM, submitted_form
from tests.make.world import World

CHECKS = Checks()
PLAIN_ID, OTHER_ID = "FR40303265045", "FR23334175221"
BERLIN = Address(street="Torstraße 1", city="Berlin", postcode="10119", country="DE")
GERMAN = replace(
    VAT_FORM, country="DE", business_name="Werk Wanda", address=BERLIN, vat_id="DE136695976"
)


async def proven(world: World, member_id: UUID, *, vat_id: str = PLAIN_ID) -> None:
    """The VAT id of the form that stands was valid a moment ago."""
    await submitted_form(world, member_id, replace(VAT_FORM, vat_id=vat_id))
    async with transaction():
        assert await taxes.record_vat_check(
            member_id=member_id,
            vat_id=vat_id,
            check_id=world.new_id(),
            is_valid=True,
            consultation="WAPI0000000000001",
            vault=VAULT,
            new_id=world.new_id,
            now=world.now,
        )


async def billed(world: World, member_id: UUID) -> list[Document]:
    """All documents that this member has once the real rules have let them pass."""
    await operations.issue_fee_invoice(
        employer_id=member_id,
        currency="USD",
        checks=CHECKS,
        vault=VAULT,
        new_id=world.new_id,
        now=world.now,
    )
    return await documents(member_id)


async def self_billed(world: World, member_id: UUID) -> list[Document]:
    await operations.issue_self_bill(
        worker_id=member_id,
        currency="USD",
        checks=CHECKS,
        vault=VAULT,
        new_id=world.new_id,
        now=world.now,
    )
    return await documents(member_id)


async def documents(member_id: UUID) -> list[Document]:
    rows = await fetch(
        "select id from issued_document where counterparty_id = $1 order by number", member_id
    )
    found = await queries.any_documents(ids=[row["id"] for row in rows])
    return [found[row["id"]].content for row in rows]


async def problems_of(member_id: UUID) -> str:
    rows = await fetch("select problems from document_draft where counterparty_id = $1", member_id)
    return " ".join(each for row in rows for each in row["problems"])


async def differences() -> list[Difference]:
    """But for the money that tests are given without a deposit."""
    return [each for each in await queries.audit() if not each.check.startswith("every transfer")]


async def with_work(
    world: World, form: VatForm | None, *, country: str, is_agreed: bool = True
) -> UUID:
    """A worker who was paid three times 1.19 for something."""
    worker = await add_worker(world, country=country)
    if form is not None:
        await submitted_form(world, worker, form)
    if is_agreed:
        await agreed(world, worker)
    employer = await rich_employer(world)
    await approved_work(world, employer, worker, count=3, reward=usd("1.19"))
    return worker


@pytest.mark.asyncio
async def test_a_reverse_charge_invoice_is_issued(world: World) -> None:
    """With both VAT ids, name and address of the business, and the sentence of the law."""
    employer = await rich_employer(world, country="FR")
    await proven(world, employer)
    await approved_work(world, employer, await add_worker(world), count=2, reward=usd("5.00"))

    (document,) = await billed(world, employer)

    assert await problems_of(employer) == ""
    assert document.treatment is not None
    assert document.treatment.category is VatCategory.REVERSE_CHARGE
    assert (document.buyer.name, document.buyer.vat_id) == ("Atelier Wanda", PLAIN_ID)
    assert (document.buyer.city, document.buyer.country) == ("Paris", "FR")
    assert (document.vat_minor, document.gross_minor) == (0, document.net_minor)
    assert await differences() == []


@pytest.mark.asyncio
async def test_each_vat_id_has_a_document_of_its_own(world: World) -> None:
    """Work is billed to the id that its decision leant on, whatever stands by now."""
    employer = await rich_employer(world, country="FR")
    await proven(world, employer)
    await approved_work(world, employer, await add_worker(world), count=1, reward=usd("5.00"))
    world.now += timedelta(days=1)
    await proven(world, employer, vat_id=OTHER_ID)
    await approved_work(world, employer, await add_worker(world), count=1, reward=usd("5.00"))

    await billed(world, employer)
    both = await billed(world, employer)

    assert [each.buyer.vat_id for each in both] == [PLAIN_ID, OTHER_ID]


@pytest.mark.asyncio
async def test_without_the_id_that_was_decided_upon_nothing_is_issued(world: World) -> None:
    """The member was forgotten: the rules of authorities say which id is missing."""
    employer = await rich_employer(world, country="FR")
    await proven(world, employer)
    await approved_work(world, employer, await add_worker(world), count=1, reward=usd("5.00"))
    async with transaction():
        await shred_subject(subject_id=employer)

    assert await billed(world, employer) == []
    assert "BR-AE-02" in await problems_of(employer)


@pytest.mark.asyncio
async def test_a_business_at_home_sees_the_vat_that_the_reward_holds(world: World) -> None:
    """3.57 was paid: 3.00 and 19 %. What the ledger paid is what the document says in all."""
    worker = await with_work(world, GERMAN, country="DE")

    (document,) = await self_billed(world, worker)

    assert await problems_of(worker) == ""
    assert (document.net_minor, document.vat_minor, document.gross_minor) == (300, 57, 357)
    assert [(each.unit_micros, each.net_minor) for each in document.lines] == [(1_000_000, 300)]
    assert (document.seller.vat_id, document.seller.name) == ("DE136695976", "Werk Wanda")
    assert Note.PRIVATE_PERSON not in document.notes
    assert await differences() == []


@pytest.mark.asyncio
async def test_a_business_of_another_member_bills_by_reverse_charge(world: World) -> None:
    """Nothing is taken out of the reward: the VAT is ours to declare."""
    worker = await with_work(world, VAT_FORM, country="FR")

    found = await self_billed(world, worker)

    assert await problems_of(worker) == ""
    (document,) = found
    assert document.vat_rule == "reverse_charge"
    assert (document.net_minor, document.vat_minor) == (357, 0)
    assert (document.seller.vat_id, document.buyer.vat_id) == (PLAIN_ID, "DE123456789")


@pytest.mark.asyncio
async def test_a_small_business_needs_a_number_to_show(world: World) -> None:
    """Without VAT, with the sentence of its law; BR-E-02 wants one of its numbers."""
    small = replace(GERMAN, status=WorkerStatus.SMALL_BUSINESS, vat_id="")
    worker = await with_work(world, small, country="DE")
    before = await self_billed(world, worker), await stop(world, worker)
    await submitted_form(world, worker, replace(small, tax_number="30/123/45678"))

    (document,) = await self_billed(world, worker)

    assert before == ([], SelfBillStop.TAX_NUMBER_MISSING)
    assert document.treatment is not None
    assert document.treatment.category is VatCategory.EXEMPT
    assert (document.vat_minor, document.seller.tax_number) == (0, "3012345678")


@pytest.mark.asyncio
async def test_nothing_is_written_in_the_name_of_who_has_not_agreed(world: World) -> None:
    """Jobs pass the worker over, finance is told why, and the work waits until they agree."""
    worker = await with_work(world, GERMAN, country="DE", is_agreed=False)
    finance = await add_finance_member(world)
    waiting: Any = await queries.counterparties_to_bill(kind=DocumentKind.SELF_BILL)

    async def by_finance() -> None:
        await operations.issue_invoice(
            actor_id=finance,
            kind=DocumentKind.SELF_BILL,
            member_id=worker,
            currency="USD",
            key=world.key(finance),
            checks=CHECKS,
            vault=VAULT,
            new_id=world.new_id,
            now=world.now,
        )

    with pytest.raises(InvalidTransition, match="without the worker's agreement"):
        await by_finance()
    assert await self_billed(world, worker) == []
    assert await stop(world, worker) is SelfBillStop.AGREEMENT_MISSING
    assert (worker, "USD") not in waiting
    assert await differences() == []
    await agreed(world, worker)
    assert len(await self_billed(world, worker)) == 1


async def stop(world: World, worker: UUID) -> SelfBillStop | None:
    return await tax_reads.self_bill_stop(member_id=worker, country="DE", at=world.now)


@pytest.mark.asyncio
async def test_a_private_worker_is_billed_as_before(world: World) -> None:
    """No form, no numbers, outside of VAT."""
    worker = await with_work(world, None, country="PH")

    record = await self_bill(world, worker)

    assert record is not None
    assert Note.PRIVATE_PERSON in record.content.notes


@given(
    nets=st.lists(st.integers(0, 10**9), min_size=1, max_size=60).filter(any),
    basis_points=st.integers(0, 5_000),
)
def test_amounts_that_hold_vat_are_parted_without_a_remainder(
    nets: list[int], basis_points: int
) -> None:
    """Lines add up to the net, net and VAT to the gross, and the VAT is its rate to a cent."""
    lines = tuple(
        DocumentLine(campaign_id=None, title="", count=1, unit_micros=net, net_minor=net)
        for net in nets
    )
    gross = sum(nets)

    parted = without_vat(Bill(lines, gross, 0), basis_points=basis_points)

    vat = gross - parted.net_minor
    assert sum(line.net_minor for line in parted.lines) == parted.net_minor <= gross
    assert all(line.net_minor >= 0 for line in parted.lines)
    assert abs(vat * 10_000 - parted.net_minor * basis_points) <= 10_000
