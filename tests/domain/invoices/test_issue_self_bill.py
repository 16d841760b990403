"""`issue_self_bill`: the worker sells, we write; numbers have no gap, whatever is rolled back."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch, fetch_value, transaction
from domain.invoices import operations, queries
from domain.invoices.rules import DocumentKind, Note
from tests.make.campaigns import approve, reject, rich_employer, running, submitted, usd
from tests.make.invoices import ENTITY, approved_work, fee_invoice, self_bill
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_the_worker_is_the_seller(world: World) -> None:
    """No VAT is shown for a private person: what is shown would be owed."""
    employer, worker = await rich_employer(world), await add_worker(world, name="Łucja Müller")
    await approved_work(world, employer, worker, count=3, reward=usd("0.05"))

    record = await self_bill(world, worker)

    assert record is not None
    document = record.content
    assert (document.seller.name, document.seller.member_id) == ("Łucja Müller", worker)
    assert document.buyer == document.issuer
    assert document.vat_basis_points is None
    assert (record.net, record.vat, record.gross) == (usd("0.15"), usd("0"), usd("0.15"))
    assert document.notes == (Note.SELF_BILLING, Note.PRIVATE_PERSON, Note.CREDITED_TO_EARNINGS)
    assert re.fullmatch(r"DE-S-2026-\d{6}", record.number)


async def test_only_approved_work_is_billed(world: World) -> None:
    """Work under review may still be refused."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await approved_work(world, employer, worker, count=1, reward=usd("0.05"))
    other = await running(world, employer, places=(1, 1), reward=usd("0.05"))
    await submitted(world, worker, other)
    await reject(world, employer, await submitted(world, worker, other))

    record = await self_bill(world, worker)

    assert record is not None
    assert [line.campaign_id for line in record.content.lines] == [campaign_id]


async def test_both_kinds_bill_the_same_work(world: World) -> None:
    """The employer's fee and the worker's reward are two supplies."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))

    fee, bill = await fee_invoice(world, employer), await self_bill(world, worker)

    assert fee is not None and bill is not None
    assert (fee.net, bill.net) == (usd("0.01"), usd("0.10"))
    assert (worker, "USD") not in await queries.counterparties_to_bill(kind=DocumentKind.SELF_BILL)


async def workers_with_work(world: World, count: int) -> list[UUID]:
    await operations.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    employer = await rich_employer(world)
    campaign_id = await running(world, employer, places=(count,), reward=usd("0.05"))
    workers = [await add_worker(world) for _ in range(count)]
    for worker in workers:
        await approve(world, employer, await submitted(world, worker, campaign_id))
    return workers


FAIL_AT_COMMIT = """
    create table unlucky (member_id uuid);
    create function fail_unlucky() returns trigger language plpgsql as $$
    begin
        if new.counterparty_id in (select member_id from unlucky) then
            raise exception 'power cut' using errcode = '23514', constraint = 'power_cut';
        end if;
        return null;
    end $$;
    create constraint trigger fail_unlucky after insert on issued_document
        deferrable initially deferred for each row execute function fail_unlucky();
"""
WORKS_AGAIN = """
    drop trigger fail_unlucky on issued_document;
    drop function fail_unlucky();
    drop table unlucky;
"""


async def test_rolled_back_issues_leave_no_gap(world: World) -> None:
    """Sixty at once, twenty of which fail at COMMIT, after they took their number."""
    workers = await workers_with_work(world, 60)
    taken_before = await fetch_value(NEXT_NUMBER) or 1
    async with transaction() as current:
        await current.connection.execute(FAIL_AT_COMMIT)
        await execute("insert into unlucky select unnest($1::uuid[])", workers[::3])

    outcomes = await asyncio.gather(
        *(self_bill(world, worker) for worker in workers), return_exceptions=True
    )

    async with transaction() as current:
        await current.connection.execute(WORKS_AGAIN)
    failed = [each for each in outcomes if isinstance(each, asyncpg.CheckViolationError)]
    records = [each for each in outcomes if isinstance(each, queries.DocumentRecord)]
    assert (len(failed), len(records)) == (20, 40)
    rows = await fetch(
        "select sequence_number from issued_document where document_kind = 'self_bill'"
        " and fiscal_year = 2026 order by 1"
    )
    assert [row[0] for row in rows] == list(range(1, taken_before + 40))
    assert len({record.number for record in records}) == 40
    for worker in workers[::3]:  # what failed is billed by the next run
        assert await self_bill(world, worker)


NEXT_NUMBER = (
    "select next_number from number_series where document_kind = 'self_bill' and fiscal_year = 2026"
)
