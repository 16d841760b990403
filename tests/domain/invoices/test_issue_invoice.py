"""`issue_invoice`: finance bills out of turn, once per wish, and nobody else may."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain.errors import NotAllowed, NotFound
from domain.idempotency.operations import IdempotencyMismatch
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import operations, queries
from domain.invoices.rules import DocumentKind
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import UNCHECKED, agreed, approved_work
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def issue(
    world: World,
    *,
    actor: UUID,
    member: UUID,
    kind: DocumentKind,
    key: IdempotencyKey | None = None,
) -> operations.Issued:
    return await operations.issue_invoice(
        vault=VAULT,
        actor_id=actor,
        kind=kind,
        member_id=member,
        currency="USD",
        key=key or world.key(actor),
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )


async def test_finance_issues_both_kinds(world: World) -> None:
    """The same documents as the jobs issue."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))
    finance = await add_finance_member(world)
    await agreed(world, worker)

    fee = await issue(world, actor=finance, member=employer, kind=DocumentKind.FEE_INVOICE)
    bill = await issue(world, actor=finance, member=worker, kind=DocumentKind.SELF_BILL)

    assert fee.document_id is not None and bill.document_id is not None
    seen = await queries.documents_by_id(ids=[fee.document_id], viewer_id=employer)
    assert seen[fee.document_id].net == usd("0.01")


async def test_the_same_key_gives_the_same_answer(world: World) -> None:
    """Also when there was nothing to bill, and new work has come since."""
    employer, worker = await rich_employer(world), await add_worker(world)
    finance = await add_finance_member(world)
    key, other = world.key(finance), world.key(finance)
    await approved_work(world, employer, worker, count=1, reward=usd("0.05"))
    nothing = await issue(
        world, actor=finance, member=employer, kind=DocumentKind.FEE_INVOICE, key=key
    )
    await approved_work(world, employer, worker, count=2, reward=usd("0.05"))

    again = await issue(
        world, actor=finance, member=employer, kind=DocumentKind.FEE_INVOICE, key=key
    )
    first, *rest = await asyncio.gather(
        *(
            issue(world, actor=finance, member=employer, kind=DocumentKind.FEE_INVOICE, key=other)
            for _ in range(4)
        )
    )

    assert nothing == operations.Issued(None, replayed=False)
    assert again == operations.Issued(None, replayed=True)
    assert {each.document_id for each in (first, *rest)} == {first.document_id}
    assert sorted(each.replayed for each in (first, *rest)) == [False, True, True, True]


async def test_only_finance_may(world: World) -> None:
    """Not the employer, and nobody unknown; and only for members."""
    employer, finance = await rich_employer(world), await add_finance_member(world)

    for actor in (employer, world.new_id()):
        with pytest.raises(NotAllowed):
            await issue(world, actor=actor, member=employer, kind=DocumentKind.FEE_INVOICE)
    with pytest.raises(NotFound):
        await issue(world, actor=finance, member=world.new_id(), kind=DocumentKind.SELF_BILL)


async def test_a_key_is_for_one_wish(world: World) -> None:
    """Another input under it is a mistake of the client."""
    employer, finance = await rich_employer(world), await add_finance_member(world)
    await approved_work(world, employer, await add_worker(world), count=2, reward=usd("0.05"))
    kind = DocumentKind.FEE_INVOICE
    await issue(world, actor=finance, member=employer, kind=kind, key=world.key(finance, text="k"))

    with pytest.raises(IdempotencyMismatch):
        await issue(
            world,
            actor=finance,
            member=employer,
            kind=kind,
            key=world.key(finance, text="k", body=b"other"),
        )
