"""A run issues for everybody, goes on where it was killed, and bills nobody twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.database import fetch
from domain.errors import NotAllowed
from domain.invoices import operations, queries
from domain.invoices.rules import Document, DocumentKind
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import UNCHECKED, approved_work, fee_invoice
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.world import World

pytestmark = pytest.mark.asyncio


class Killed(BaseException):
    """As when the process is gone in the middle."""


class KilledAfter:
    def __init__(self, count: int) -> None:
        self.left = count

    async def problems(self, document: Document) -> list[str]:
        assert document
        self.left -= 1
        if self.left < 0:
            raise Killed
        return []


class NamesOnly:
    """Refuses one member."""

    def __init__(self, member_id: UUID) -> None:
        self.member_id = member_id

    async def problems(self, document: Document) -> list[str]:
        return ["FONT_MISSING: U+5F20"] if document.buyer.member_id == self.member_id else []


async def with_work(world: World, count: int) -> list[UUID]:
    worker = await add_worker(world)
    employers = [await rich_employer(world) for _ in range(count)]
    for employer in employers:
        await approved_work(world, employer, worker, count=1, reward=usd("1.00"))
    return employers


async def started(world: World) -> UUID:
    finance = await add_finance_member(world)
    done = await operations.start_run(
        actor_id=finance,
        kind=DocumentKind.FEE_INVOICE,
        key=world.key(finance),
        new_id=world.new_id,
        now=world.now,
    )
    return done.run_id


async def documents_of(members: list[UUID]) -> int:
    rows = await fetch(
        "select count(*) from issued_document where counterparty_id = any($1)", members
    )
    return int(rows[0][0])


async def test_issues_for_everybody_and_ends(world: World) -> None:
    """Whose document breaks a rule is counted, and has a draft that says which."""
    employers = await with_work(world, 5)
    run_id = await started(world)
    before = await queries.document_run(run_id=run_id)
    assert before is not None and before.finished_at is None and before.total_count >= 5

    await operations.step_run(
        vault=VAULT,
        run_id=run_id,
        checks=NamesOnly(employers[2]),
        new_id=world.new_id,
        clock=lambda: world.now,
    )

    after = await queries.document_run(run_id=run_id)
    assert after is not None and after.finished_at == world.now
    assert after.issued_count + after.refused_count + after.nothing_count == after.total_count
    assert after.refused_count == 1
    assert await documents_of(employers) == 4
    assert employers[2] in {each.counterparty_id for each in await queries.drafts()}


async def test_goes_on_after_being_killed(world: World) -> None:
    """What was issued stays issued; the rest follows; nobody gets two."""
    employers = await with_work(world, 6)
    run_id = await started(world)

    with pytest.raises(Killed):
        await operations.step_run(
            vault=VAULT,
            run_id=run_id,
            checks=KilledAfter(3),
            new_id=world.new_id,
            clock=lambda: world.now,
        )
    half = await documents_of(employers)
    assert half < 6
    assert await operations.recover_runs() >= 1
    await operations.step_run(
        vault=VAULT, run_id=run_id, checks=UNCHECKED, new_id=world.new_id, clock=lambda: world.now
    )

    assert await documents_of(employers) == 6
    run = await queries.document_run(run_id=run_id)
    assert run is not None and run.finished_at is not None
    assert [each for each in await queries.number_series() if not each.is_gapless] == []


async def test_stops_in_time_and_asks_for_more(world: World) -> None:
    """A job is short: a clock that runs gives one chunk, and another job."""
    await with_work(world, 2)
    run_id = await started(world)
    ticks: list[datetime] = []

    def clock() -> datetime:
        ticks.append(world.now + len(ticks) * timedelta(seconds=20))
        return ticks[-1]

    done = await operations.step_run(
        vault=VAULT, run_id=run_id, checks=UNCHECKED, new_id=world.new_id, clock=clock
    )

    assert done >= 2


async def test_who_is_billed_meanwhile_is_not_billed_again(world: World) -> None:
    """The item ends with nothing."""
    (employer,) = await with_work(world, 1)
    run_id = await started(world)
    assert await fee_invoice(world, employer) is not None

    await operations.step_run(
        vault=VAULT, run_id=run_id, checks=UNCHECKED, new_id=world.new_id, clock=lambda: world.now
    )

    rows = await fetch(
        "select state from document_run_item where run_id = $1 and counterparty_id = $2",
        run_id,
        employer,
    )
    assert [row["state"] for row in rows] == ["nothing"]


async def test_only_finance_starts_one_and_once(world: World) -> None:
    """The same key is the same run."""
    finance, worker = await add_finance_member(world), await add_worker(world)
    key = world.key(finance)
    facts = {"kind": DocumentKind.SELF_BILL, "new_id": world.new_id, "now": world.now}

    with pytest.raises(NotAllowed):
        await operations.start_run(actor_id=worker, key=world.key(worker), **facts)  # type: ignore[arg-type]  # shared facts
    first = await operations.start_run(actor_id=finance, key=key, **facts)  # type: ignore[arg-type]  # shared facts
    again = await operations.start_run(actor_id=finance, key=key, **facts)  # type: ignore[arg-type]  # shared facts

    assert (again.run_id, again.replayed) == (first.run_id, True)
