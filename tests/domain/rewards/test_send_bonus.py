"""`send_bonus`: once, with its reason, from what the employer can spend, and on the papers."""

from __future__ import annotations

import asyncio

import pytest

from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import operations as invoices
from domain.invoices.queries import DocumentRecord
from domain.ledger.operations import BalanceTooLow
from domain.ledger.rules import AccountKind
from domain.money import Money
from domain.rewards import operations, queries
from gateway.verify import verify
from tests.make import campaigns as make
from tests.make.invoices import ENTITY, fee_invoice, self_bill
from tests.make.members import add_worker
from tests.make.ratings import Work, approved
from tests.make.world import World

pytestmark = pytest.mark.asyncio
ONE = make.usd("1")


async def send(
    world: World,
    work: Work,
    amount: Money = ONE,
    *,
    reason: str = " Quick and right: a@example.org ",
    key: IdempotencyKey | None = None,
) -> operations.Sent:
    return await operations.send_bonus(
        employer_id=work.employer_id,
        assignment_id=work.id,
        amount=amount,
        reason=reason,
        key=key or world.key(work.employer_id),
        new_id=world.new_id,
        now=world.now,
    )


async def test_a_bonus_sent_again_is_sent_once(world: World) -> None:
    """P37: ten requests with one key are one transfer, and all name the same bonus."""
    work = await approved(world)
    spendable = await make.balance(AccountKind.EMPLOYER_AVAILABLE, work.employer_id)
    key = world.key(work.employer_id)

    done = await asyncio.gather(*(send(world, work, key=key) for _ in range(10)))

    assert len({each.bonus_id for each in done}) == 1
    assert sum(not each.replayed for each in done) == 1
    record = (await queries.bonuses_by_id(ids=[done[0].bonus_id], viewer_id=work.worker_id))[
        done[0].bonus_id
    ]
    assert (record.amount, record.reason) == (ONE, "Quick and right: •••")
    assert (record.fee.micros, record.vat.micros) == (50_000, 9_500)
    left = await make.balance(AccountKind.EMPLOYER_AVAILABLE, work.employer_id)
    assert spendable - left == 1_059_500
    assert await make.balance(AccountKind.WORKER_EARNINGS, work.worker_id) == 1_050_000
    assert not await queries.bonuses_by_id(ids=[record.id], viewer_id=world.new_id())


async def test_only_paid_work_of_ones_own_gets_a_bonus(world: World) -> None:
    """A bonus is no way around a review, nor between strangers."""
    employer, worker = await make.rich_employer(world), await add_worker(world)
    open_work = await make.submitted(world, worker, await make.running(world, employer))
    with pytest.raises(InvalidTransition):
        await send(world, Work(employer, worker, open_work))
    work = await approved(world)
    with pytest.raises(NotFound):
        await send(world, Work(employer, work.worker_id, work.id))


async def test_reason_and_amount_are_asked_for(world: World) -> None:
    """R23: 0.005 to 100, and words; more than there is to spend is refused."""
    work = await approved(world)
    for amount in (make.usd("0.004999"), make.usd("100.000001")):
        with pytest.raises(InvalidInput) as refused:
            await send(world, work, amount)
        assert refused.value.path == ("amount",)
    with pytest.raises(InvalidInput):
        await send(world, work, reason="   ")
    for _ in range(9):
        await send(world, work, make.usd("100"))
    with pytest.raises(BalanceTooLow):
        await send(world, work, make.usd("100"))


async def test_both_sides_find_it_on_their_documents(world: World) -> None:
    """The fee on the employer's invoice, the bonus on the worker's self-bill, each once."""
    before = set(await verify())
    await invoices.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    work = await approved(world)
    await send(world, work)

    made = [await fee_invoice(world, work.employer_id), await self_bill(world, work.worker_id)]

    bills = [each for each in made if each is not None]
    assert [sums(each) for each in bills] == [(5, 1, 6), (105, 0, 105)]
    lines = [[(line.is_bonus, line.unit_micros) for line in each.content.lines] for each in bills]
    assert lines == [[(False, 5_000), (True, 50_000)], [(False, 50_000), (True, 1_000_000)]]
    assert await fee_invoice(world, work.employer_id) is None
    assert await self_bill(world, work.worker_id) is None
    found = [each for each in await verify() if each not in before]
    assert [each for each in found if not each.found.startswith("E1 ")] == []  # paid in by tests


def sums(document: DocumentRecord) -> tuple[int, int, int]:
    content = document.content
    return content.net_minor, content.vat_minor, content.gross_minor
