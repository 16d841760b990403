"""Two job workers route at once: each payout is decided on by one of them, and left by none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import fetch, fetch_value, transaction
from domain.jobs import call_off
from domain.payouts import operations, queries
from domain.payouts.operations.request_payout import route_job
from domain.payouts.operations.route_claims import CLAIM_TIME, claim_one
from domain.payouts.provider import Quote, QuoteRequest
from domain.provider import CallContext
from domain.routing.rules import Rule, When
from tests.make.payouts import House, attempts, eur, queued_jobs
from tests.make.providers import accepted
from tests.make.routing import Priced, directory, in_force, priced

pytestmark = pytest.mark.asyncio

SMALL = Rule(
    name="small",
    when=When(currency="EUR", amount_to_micros=4_000_000),
    providers=("slow",),
    hold_hours=0,
)
LARGE = Rule(name="large", providers=("other",), hold_hours=0)


@dataclass
class Slow(Priced):
    """Its price for 2.00 comes when the test says so."""

    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        quote = await super().quote(request, context)
        if request.amount == eur("2.00"):
            self.is_asked.set()
            await self.may_answer.wait()
        return quote


def slow_provider(house: House) -> Slow:
    manifest = priced("0.10").manifest

    async def script(batch: object) -> object:
        return accepted(batch)  # type: ignore[arg-type]  # it is a batch

    slow = Slow(script, manifest=manifest, fee=eur("0.10"))
    house.providers = directory({"slow": slow, "other": priced("0.10")})
    return slow


async def requests(house: House, *amounts: str) -> list[UUID]:
    return [(await house.request(await house.payee(), each)).payout_id for each in amounts]


async def run(house: House, payout_id: UUID) -> UUID | None:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def forget_jobs(ids: list[UUID]) -> None:
    """As if they had been worked off."""
    async with transaction():
        await call_off([route_job(each) for each in ids])


async def test_what_one_decides_on_no_other_looks_at(house: House) -> None:
    """One price, decision and attempt each; whoever was not taken along has a job again."""
    slow = slow_provider(house)
    async with in_force(house.world, SMALL, LARGE):
        first, second, third, large = await requests(house, "1.00", "2.00", "3.00", "9.00")
        await forget_jobs([first, second, third, large])

        router = asyncio.create_task(run(house, first))
        await slow.is_asked.wait()
        others = [await run(house, each) for each in (second, third, large)]
        slow.may_answer.set()
        batch_id = await router

    assert others == [None, None, None]
    assert {
        each.batch_id for payout_id in (first, second, third) for each in await attempts(payout_id)
    } == {batch_id}
    assert sorted(each.amount for each in slow.asked) == [eur("1.00"), eur("2.00"), eur("3.00")]
    for payout_id in (first, second, third):
        assert len(await queries.route_decisions(payout_id=payout_id)) == 1
    assert await attempts(large) == []
    assert await queued_jobs("payout_route", str(large)) == 1
    assert await queued_jobs("payout_route", str(second)) == 0


async def claim_of(payout_id: UUID) -> UUID | None:
    found: UUID | None = await fetch_value(
        "select claim_id from payout_route_claim where payout_id = $1", payout_id
    )
    return found


async def test_a_killed_router_keeps_nothing_for_ever(house: House) -> None:
    """Its claim ends; who wakes up after that finds that it is no longer its own."""
    slow = slow_provider(house)
    async with in_force(house.world, SMALL, LARGE):
        first, second = await requests(house, "1.00", "2.00")
        killed = house.world.new_id()
        assert await claim_one(payout_id=second, claim_id=killed, now=house.world.now)
        before = await run(house, second)

        house.wait(CLAIM_TIME)
        router = asyncio.create_task(run(house, first))
        await slow.is_asked.wait()
        house.wait(CLAIM_TIME + timedelta(seconds=1))
        its_claim = await claim_of(second)
        overtaking = asyncio.create_task(run(house, second))
        while await claim_of(second) == its_claim:  # noqa: ASYNC110  # a row, which tells nobody
            await asyncio.sleep(0.01)
        slow.may_answer.set()
        overtaker = await overtaking
        await router

    assert before is None
    (attempt,) = await attempts(second)
    assert attempt.batch_id == overtaker
    claims = await fetch(
        "select 1 from payout_route_claim where payout_id = any($1)", [first, second]
    )
    assert claims == []


async def test_a_failed_decision_gives_everything_back(house: House) -> None:
    """The next job need not wait until the claim ends."""
    slow_provider(house)
    working = house.providers
    (payout_id,) = await requests(house, "1.00")
    house.providers = None  # type: ignore[assignment]  # a bug of ours
    with pytest.raises(AttributeError):
        await run(house, payout_id)
    house.providers = working

    assert await run(house, payout_id) is not None
