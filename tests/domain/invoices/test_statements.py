"""Papers that are no invoices: one per deposit, payout and month, and they add up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.deposits import operations as deposits
from domain.errors import InvalidInput
from domain.invoices import operations, queries
from domain.invoices.rules import DocumentKind, Note
from domain.ledger.rules import AccountKind
from domain.paging import Page
from tests.make.campaigns import approve, balance, rich_employer, running, submitted, usd
from tests.make.invoices import ENTITY
from tests.make.members import add_employer, add_worker
from tests.make.payouts import eur, open_house
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def papers(member: UUID, kind: DocumentKind) -> list[queries.DocumentRecord]:
    found = await queries.documents_of(counterparty_id=member, page=Page(limit=50))
    return [each for each in found if each.kind is kind]


async def statement(world: World, member: UUID, month: date) -> queries.DocumentRecord:
    done = await operations.issue_account_statement(
        member_id=member,
        account=AccountKind.WORKER_EARNINGS,
        currency="USD",
        month=month,
        key=world.key(member),
        new_id=world.new_id,
        now=world.now,
    )
    assert done.document_id is not None
    return (await queries.any_documents(ids=[done.document_id]))[done.document_id]


async def earn(world: World, employer: UUID, worker: UUID, reward: str) -> None:
    campaign = await running(world, employer, places=(1,), reward=usd(reward))
    await approve(world, employer, await submitted(world, worker, campaign))


async def test_months_follow_each_other_without_a_break(world: World) -> None:
    """What one closes with, the next opens with; and the last is the balance."""
    await operations.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    world.now = datetime(2041, 3, 5, tzinfo=UTC)
    employer, worker = await rich_employer(world), await add_worker(world)
    await earn(world, employer, worker, "0.055")
    world.now = datetime(2041, 4, 30, 23, 59, tzinfo=UTC)
    await earn(world, employer, worker, "0.07")
    await earn(world, employer, worker, "0.01")
    world.now = datetime(2041, 5, 1, tzinfo=UTC)

    march = await statement(world, worker, date(2041, 3, 1))
    april = await statement(world, worker, date(2041, 4, 17))

    assert (march.content.opening_micros, march.content.closing_micros) == (0, 55_000)
    assert (april.content.opening_micros, april.content.closing_micros) == (55_000, 135_000)
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 135_000
    (entry,) = april.content.entries
    assert (entry.event, entry.micros, entry.balance_micros) == ("E4", 80_000, 135_000)
    assert (april.content.period_from, april.content.period_to) == (
        date(2041, 4, 1),
        date(2041, 4, 30),
    )
    assert april.content.type_code is None and april.content.notes == (Note.NOT_AN_INVOICE,)
    again = await statement(world, worker, date(2041, 3, 1))
    assert again.id == march.id


async def test_a_month_that_runs_has_no_statement(world: World) -> None:
    """It would be another one tomorrow."""
    await operations.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    worker = await add_worker(world)

    with pytest.raises(InvalidInput):
        await statement(world, worker, world.now.date())


async def test_what_comes_in_and_goes_out_has_one_paper_each(world: World, tmp_path: Path) -> None:
    """Neither is an invoice nor carries a VAT id; a second sweep makes no second one."""
    await operations.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    employer = await add_employer(world)
    async with open_house(world, tmp_path) as house:
        providers = house.opened.deposits
        started = await deposits.start_deposit(
            employer_id=employer,
            amount=eur("100.00"),
            return_url="https://shop.test/back",
            own_reference="for the cats",
            key=world.key(employer),
            providers=providers,
            new_id=world.new_id,
            now=world.now,
        )
        await deposits.create_at_provider(
            deposit_id=started.deposit_id, providers=providers, clock=lambda: world.now
        )
        house.wait(timedelta(seconds=2))
        await deposits.look_up_deposit(
            deposit_id=started.deposit_id,
            providers=providers,
            clock=lambda: world.now,
            new_id=world.new_id,
        )
        payee, _, batch_id = await house.sent("ok")
        await house.look_up(batch_id, after=timedelta(seconds=30))
    world.now += timedelta(minutes=1)

    for _ in range(2):
        await operations.issue_receipts(now=world.now, new_id=world.new_id)

    (receipt,) = await papers(employer, DocumentKind.DEPOSIT_RECEIPT)
    assert (receipt.gross, receipt.vat) == (eur("100.00"), eur("0"))
    assert receipt.content.seller.vat_id is None and not receipt.content.has_xml
    assert receipt.content.notes == (Note.NOT_AN_INVOICE, Note.DEPOSIT_RESERVED)
    (statement_,) = await papers(payee.id, DocumentKind.PAYOUT_STATEMENT)
    assert statement_.gross == eur("7.00")
    assert [entry.event for entry in statement_.content.entries] == ["E8"]
