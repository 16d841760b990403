"""All documents of a month against the accounts of that month, whatever stood on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.database import fetch_row, transaction
from domain.disputes import operations as disputes
from domain.invoices import operations, queries
from domain.invoices.queries import DocumentRecord
from domain.money import Money
from domain.taxes import operations as taxes
from tests.make.campaigns import reject, rich_employer, running, submitted, usd
from tests.make.invoices import UNCHECKED, approved_work, fee_invoice, self_bill
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.taxes import PARIS, VAT_FORM, submitted_form
from tests.make.world import World

pytestmark = pytest.mark.asyncio
WORDS = "I did what clause one asks for, see the second proof."
# By hand, and not by what `piecerate verify` asks.
BOOKED = """
    select coalesce(sum(-e.amount) filter (where a.kind = 'income:fees'), 0)::bigint as fees,
           coalesce(sum(-e.amount) filter (where a.kind = 'tax:vat_output'), 0)::bigint as vat,
           coalesce(sum(-e.amount) filter (where a.kind = 'worker:earnings'
                    and t.event = 'E4'), 0)::bigint as rewards,
           coalesce(sum(e.amount) filter (where a.kind = 'expense:goodwill'), 0)::bigint as goodwill
    from ledger_transfer t join ledger_entry e on e.transfer_id = t.id
    join ledger_account a on a.id = e.account_id
    where t.effective_on >= $1 and t.effective_on < $2 and a.currency = 'USD'
"""
WRITTEN = """
    select sum(case when d.document_kind = 'fee_invoice' then d.net_minor
                    when d.credit_way = 'refund' then -d.net_minor else 0 end * d.minor_micros
           )::bigint as fees,
           sum(case when d.document_kind = 'fee_invoice' then d.vat_minor
                    when d.credit_way = 'refund' then -d.vat_minor else 0 end * d.minor_micros
           )::bigint as vat,
           sum(case when d.document_kind = 'self_bill' then d.gross_minor else 0 end
               * d.minor_micros)::bigint as rewards
    from issued_document d
    where d.issued_on >= $1 and d.issued_on < $2 and d.currency = 'USD'
"""


async def french_business(world: World) -> UUID:
    """An employer who is billed by reverse charge."""
    employer = await rich_employer(world, country="FR")
    await submitted_form(world, employer, VAT_FORM)
    async with transaction():
        assert await taxes.record_vat_check(
            member_id=employer,
            vat_id=None,
            check_id=world.new_id(),
            is_valid=True,
            consultation=None,
            vault=VAULT,
            new_id=world.new_id,
            now=world.now,
        )
    return employer


async def delayed_by_us(world: World) -> None:
    """A dispute on which nobody of ours ruled in time: the worker is paid out of goodwill."""
    employer, worker = await rich_employer(world), await add_worker(world)
    assignment = await submitted(world, worker, await running(world, employer, places=[1]))
    await reject(world, employer, assignment)
    dispute = await disputes.open_dispute(
        worker_id=worker, assignment_id=assignment, text=WORDS, new_id=world.new_id, now=world.now
    )
    await disputes.answer_dispute(member_id=employer, dispute_id=dispute, text=WORDS, now=world.now)
    await disputes.escalate_dispute(member_id=worker, dispute_id=dispute, now=world.now)
    for days in (9, 7):
        world.now += timedelta(days=days)
        await disputes.advance_disputes(new_id=world.new_id, now=world.now)


async def credit(world: World, record: DocumentRecord, net: Money) -> None:
    finance = await add_finance_member(world)
    await operations.credit_document(
        actor_id=finance,
        document_id=record.id,
        net=net,
        reason="The campaign was ours to stop.",
        key=world.key(finance),
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )


async def test_documents_of_a_month_are_its_accounts(world: World) -> None:
    """With reverse charge, a part credited, a worker's own VAT, an objection, and goodwill."""
    for day in range(0, 90, 15):  # disputes that other tests left open end before
        world.now = datetime(2029, 6, 1, 12, tzinfo=UTC) + timedelta(days=day)
        while await disputes.advance_disputes(new_id=world.new_id, now=world.now):
            pass
    world.now = datetime(2029, 9, 1, 12, tzinfo=UTC)  # a month that no other test enters
    month = world.now.date(), (world.now + timedelta(days=31)).date()
    german, french = await rich_employer(world), await french_business(world)
    seller, private = await add_worker(world, country="DE"), await add_worker(world)
    address = replace(PARIS, country="DE")
    await submitted_form(
        world, seller, replace(VAT_FORM, country="DE", address=address, vat_id="DE136695976")
    )
    await approved_work(world, german, seller, count=3, reward=usd("1.19"))
    await approved_work(world, french, private, count=2, reward=usd("5.00"))
    first, second = await fee_invoice(world, german), await fee_invoice(world, french)
    bills = [await self_bill(world, each) for each in (seller, private)]
    assert first is not None and second is not None and None not in bills
    await credit(world, first, usd("0.10"))
    await delayed_by_us(world)
    await operations.object_to_self_bill(
        worker_id=private,
        document_id=bills[1].id,  # type: ignore[union-attr]  # it is none of them
        reason="Not mine.",
        key=world.key(private),
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )

    booked, written = await fetch_row(BOOKED, *month), await fetch_row(WRITTEN, *month)

    assert booked is not None and written is not None
    waiting = 7_000  # 3 fees of 0.119: 0.357, of which 0.007 wait for a whole cent
    assert written["fees"] + waiting == booked["fees"]
    assert (written["vat"], written["rewards"]) == (booked["vat"], booked["rewards"])
    assert booked["goodwill"] == 50_000, "no document: it is no price for work"
    assert {each.content.vat_rule for each in (first, second)} == {"same_country", "reverse_charge"}
    assert [each for each in await queries.audit() if "month" in each.check] == []
