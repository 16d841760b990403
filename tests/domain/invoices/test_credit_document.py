"""Credit notes: never above the original, named after it, with its VAT and its fee given back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import fetch_row
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import operations, queries
from domain.invoices.operations import CreditTooHigh, DocumentInvalid
from domain.invoices.rules import DocumentKind, DocumentState, Note
from domain.ledger.rules import AccountKind
from domain.money import Money
from tests.make.campaigns import balance, rich_employer, usd
from tests.make.invoices import (
    UNCHECKED,
    Faulty,
    approved_work,
    fee_invoice,
    self_bill,
)
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def an_invoice(world: World, *, reward: str = "10.00") -> queries.DocumentRecord:
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd(reward))
    record = await fee_invoice(world, employer)
    assert record is not None
    return record


async def credited(
    world: World,
    finance: UUID,
    record: queries.DocumentRecord,
    *,
    net: Money | None = None,
    key: IdempotencyKey | None = None,
    reason: str = "The campaign was ours to stop.",
) -> queries.DocumentRecord:
    done = await operations.credit_document(
        actor_id=finance,
        document_id=record.id,
        net=net,
        reason=reason,
        key=key or world.key(finance),
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )
    assert done.document_id is not None
    return (await queries.any_documents(ids=[done.document_id]))[done.document_id]


async def state_of(record: queries.DocumentRecord) -> DocumentState:
    return (await queries.any_documents(ids=[record.id]))[record.id].state


async def books(employer: UUID) -> dict[AccountKind, int]:
    return {
        AccountKind.EMPLOYER_AVAILABLE: await balance(AccountKind.EMPLOYER_AVAILABLE, employer),
        **{
            kind: await balance(kind, None)
            for kind in (AccountKind.INCOME_FEES, AccountKind.TAX_VAT_OUTPUT)
        },
    }


async def differences_of(*records: queries.DocumentRecord) -> list[str]:
    return [
        str(each)
        for each in await queries.audit()
        if any(record.number in str(each) for record in records)
    ]


async def test_gives_fee_and_vat_back_to_the_deposit(world: World) -> None:
    """2.00 of fees and 0.38 of VAT: all three accounts move by exactly that."""
    finance, record = await add_finance_member(world), await an_invoice(world)
    before = await books(record.counterparty_id)

    note = await credited(world, finance, record)

    after = await books(record.counterparty_id)
    assert {kind.value: after[kind] - before[kind] for kind in before} == {
        "employer:available": 2_380_000,
        "income:fees": -2_000_000,
        "tax:vat_output": -380_000,
    }
    assert (note.net, note.vat, note.gross) == (usd("2.00"), usd("0.38"), usd("2.38"))
    assert note.number.startswith("DE-C-2026-")
    assert note.kind is DocumentKind.CREDIT_NOTE and note.content.type_code == "381"
    preceding = note.content.preceding
    assert preceding is not None
    assert (preceding.number, preceding.issued_on) == (record.number, record.issued_on)
    assert note.preceding_id == record.id
    assert note.content.notes == (Note.REFUNDED_TO_DEPOSIT,)
    assert await state_of(record) is DocumentState.CREDITED
    assert await differences_of(record, note) == []


async def test_parts_add_up_to_the_original_and_no_further(world: World) -> None:
    """The last part takes the VAT that is left, though rounding would say otherwise."""
    finance, record = await add_finance_member(world), await an_invoice(world, reward="0.55")
    assert (record.net, record.vat) == (usd("0.11"), usd("0.02"))

    parts = [await credited(world, finance, record, net=usd("0.03")) for _ in range(3)]
    assert await state_of(record) is DocumentState.PARTLY_CREDITED
    last = await credited(world, finance, record)

    assert [part.vat for part in (*parts, last)] == [usd("0.01"), usd("0.01"), usd("0"), usd("0")]
    assert last.net == usd("0.02")
    assert await state_of(record) is DocumentState.CREDITED
    with pytest.raises(CreditTooHigh) as refusal:
        await credited(world, finance, record, net=usd("0.01"))
    assert refusal.value.left == usd("0")


@pytest.mark.parametrize("net", ["2.01", "0", "-1.00", "0.005"])
async def test_amounts_that_no_credit_note_has(world: World, net: str) -> None:
    """Above what is left, nothing, less than nothing, less than a cent."""
    finance, record = await add_finance_member(world), await an_invoice(world)

    with pytest.raises((CreditTooHigh, InvalidInput)):
        await credited(world, finance, record, net=usd(net))

    assert await state_of(record) is DocumentState.ISSUED


async def test_two_at_once_do_not_exceed_it(world: World) -> None:
    """Each alone would fit."""
    finance, record = await add_finance_member(world), await an_invoice(world)

    done = await asyncio.gather(
        *(credited(world, finance, record, net=usd("1.50")) for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, queries.DocumentRecord) for each in done) == 1
    assert sum(isinstance(each, CreditTooHigh) for each in done) == 3
    seen = (await queries.any_documents(ids=[record.id]))[record.id]
    assert seen.credited == usd("1.50")


async def test_the_same_key_credits_once(world: World) -> None:
    """Also when nothing would be left to credit a second time."""
    finance, record = await add_finance_member(world), await an_invoice(world)
    key = world.key(finance)

    first = await credited(world, finance, record, key=key)
    again = await credited(world, finance, record, key=key)

    assert again.id == first.id


async def test_only_finance_credits_and_only_invoices(world: World) -> None:
    """A worker's self-bill is the worker's to take back; a credit note has no credit note."""
    finance, record = await add_finance_member(world), await an_invoice(world)
    with pytest.raises(NotAllowed):
        await credited(world, record.counterparty_id, record)
    note = await credited(world, finance, record)
    with pytest.raises(InvalidInput):
        await credited(world, finance, note)
    with pytest.raises(InvalidInput):
        await credited(world, finance, await an_invoice(world), reason=" ")
    with pytest.raises(InvalidInput):
        await credited(world, finance, await an_invoice(world), reason="a\0b")


async def test_a_note_that_breaks_a_rule_is_refused_without_a_number(world: World) -> None:
    """And nothing is booked."""
    finance, record = await add_finance_member(world), await an_invoice(world)
    before, series = await books(record.counterparty_id), await queries.number_series()

    with pytest.raises(DocumentInvalid) as refusal:
        await operations.credit_document(
            actor_id=finance,
            document_id=record.id,
            net=None,
            reason="a reason",
            key=world.key(finance),
            checks=Faulty("BR-CO-09: unknown country"),
            new_id=world.new_id,
            now=world.now,
        )

    assert refusal.value.problems == ("BR-CO-09: unknown country",)
    assert await books(record.counterparty_id) == before
    assert await queries.number_series() == series


async def test_a_correction_is_a_credit_note_and_a_new_invoice(world: World) -> None:
    """The same sums, today's names, and no money moves; the old one cannot be credited again."""
    finance, record = await add_finance_member(world), await an_invoice(world)
    world.now += timedelta(days=40)
    before = await books(record.counterparty_id)

    done = await operations.correct_document(
        vault=VAULT,
        actor_id=finance,
        document_id=record.id,
        reason="wrong address",
        as_one=False,
        key=(key := world.key(finance)),
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )

    assert done.credit_note_id is not None
    found = await queries.any_documents(ids=[done.credit_note_id, done.document_id])
    note, new = found[done.credit_note_id], found[done.document_id]
    assert (note.gross, new.gross) == (record.gross, record.gross)
    assert note.content.notes == (Note.REPLACED,)
    assert new.kind is DocumentKind.FEE_INVOICE and new.number != record.number
    assert new.issued_on == world.now.date()
    assert await books(record.counterparty_id) == before
    assert await state_of(record) is DocumentState.REPLACED
    assert await differences_of(record, note, new) == []
    with pytest.raises(InvalidTransition):
        await credited(world, finance, record)
    again = await operations.correct_document(
        vault=VAULT,
        actor_id=finance,
        document_id=record.id,
        reason="wrong address",
        as_one=False,
        key=key,
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )
    assert (again.document_id, again.replayed) == (done.document_id, True)
    await credited(world, finance, new)
    assert await differences_of(record, note, new) == []


async def test_a_corrected_invoice_names_its_original(world: World) -> None:
    """Type 384, where a country wants one document instead of two."""
    finance, record = await add_finance_member(world), await an_invoice(world)

    done = await operations.correct_document(
        vault=VAULT,
        actor_id=finance,
        document_id=record.id,
        reason="wrong address",
        as_one=True,
        key=world.key(finance),
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )

    new = (await queries.any_documents(ids=[done.document_id]))[done.document_id]
    assert done.credit_note_id is None
    assert (new.kind, new.content.type_code) == (DocumentKind.CORRECTED_INVOICE, "384")
    assert new.number.startswith("DE-K-2026-") and new.preceding_id == record.id
    note = await credited(world, finance, new, net=usd("1.00"))
    assert note.content.preceding is not None and note.content.preceding.number == new.number
    assert await differences_of(record, new, note) == []


async def test_a_worker_objects_to_a_self_bill(world: World) -> None:
    """It loses its effect by a credit note of type 261; the reward stays."""
    worker = await add_worker(world)
    await approved_work(world, await rich_employer(world), worker, count=1, reward=usd("0.50"))
    record = await self_bill(world, worker)
    assert record is not None
    earned = await balance(AccountKind.WORKER_EARNINGS, worker)

    async def object_as(member_id: UUID) -> operations.Issued:
        return await operations.object_to_self_bill(
            worker_id=member_id,
            document_id=record.id,
            reason="not my name",
            key=world.key(member_id),
            checks=UNCHECKED,
            new_id=world.new_id,
            now=world.now,
        )

    with pytest.raises(NotFound):
        await object_as(await add_worker(world))
    done = await object_as(worker)

    assert done.document_id is not None
    note = (await queries.any_documents(ids=[done.document_id]))[done.document_id]
    assert (note.content.type_code, note.content.notes) == ("261", (Note.TAKEN_BACK,))
    assert note.counterparty_id == worker
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == earned
    assert await differences_of(record, note) == []
    row = await fetch_row("select credit_way from issued_document where id = $1", note.id)
    assert row is not None and row["credit_way"] == "taken_back"
