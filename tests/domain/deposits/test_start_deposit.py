"""Deposits: the employer may spend what arrived, once, and nothing before it has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from domain.database import execute, fetch, transaction
from domain.deposits import operations, queries
from domain.deposits.operations import Started
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import DepositState
from domain.errors import InvalidInput
from domain.idempotency.operations import IdempotencyMismatch
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import queries as balances
from domain.money import Money
from domain.paging import Page
from gateway.providers import DepositDirectory
from tests.make.ledger import available
from tests.make.members import add_employer
from tests.make.payouts import House, eur, open_house, queued_jobs
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SECONDS = timedelta(seconds=1)


@dataclass
class Till:
    """The deposit side of a deployment, with one employer in front of it."""

    house: House
    employer_id: UUID
    providers: DepositDirectory

    def clock(self) -> datetime:
        return self.house.world.now

    async def start(
        self,
        amount: Money | None = None,
        *,
        scenario: str = "",
        key: IdempotencyKey | None = None,
        return_url: str = "https://shop.test/back",
    ) -> Started:
        return await operations.start_deposit(
            employer_id=self.employer_id,
            amount=amount or eur("100.00"),
            return_url=return_url,
            own_reference=f"sandbox:{scenario}" if scenario else "for the cats",
            key=key or self.house.world.key(self.employer_id),
            providers=self.providers,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )

    async def create(self, deposit_id: UUID) -> None:
        await operations.create_at_provider(
            deposit_id=deposit_id, providers=self.providers, clock=self.clock
        )

    async def look_up(self, deposit_id: UUID, *, after: timedelta = 2 * SECONDS) -> DepositRecord:
        self.house.wait(after)
        await operations.look_up_deposit(
            deposit_id=deposit_id,
            providers=self.providers,
            clock=self.clock,
            new_id=self.house.world.new_id,
        )
        return await self.record(deposit_id)

    async def record(self, deposit_id: UUID) -> DepositRecord:
        return (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]

    async def spendable(self) -> Money:
        return await balances.balance(account=available(self.employer_id), currency="EUR")


@pytest_asyncio.fixture
async def till(world: World, tmp_path: Path) -> AsyncIterator[Till]:
    async with open_house(world, tmp_path) as house:
        yield Till(house, await add_employer(world), house.opened.deposits)


async def test_money_is_there_once_it_has_settled(till: Till) -> None:
    """Neither at the start nor while it is pending."""
    deposit_id = (await till.start()).deposit_id
    assert await queued_jobs("deposit_create", str(deposit_id)) == 1
    await till.create(deposit_id)
    assert (await till.look_up(deposit_id, after=0 * SECONDS)).state is DepositState.PENDING
    assert await till.spendable() == eur("0")

    record = await till.look_up(deposit_id)

    assert (record.state, record.settled_at) == (DepositState.SETTLED, till.clock())
    assert record.redirect_url == "https://shop.test/back"
    assert await till.spendable() == eur("100.00")
    assert await queries.audit() == []


async def test_looked_up_by_many_at_once_it_is_booked_once(till: Till) -> None:
    """Jobs run twice now and then; a webhook will come on top."""
    deposit_id = (await till.start()).deposit_id
    await till.create(deposit_id)
    till.house.wait(2 * SECONDS)

    await asyncio.gather(*(till.look_up(deposit_id, after=0 * SECONDS) for _ in range(5)))

    assert await till.spendable() == eur("100.00")


async def test_failed_leaves_nothing(till: Till) -> None:
    """And it ends: nobody asks again."""
    deposit_id = (await till.start(scenario="fail")).deposit_id
    await till.create(deposit_id)

    record = await till.look_up(deposit_id)

    assert (record.state, record.failure) == (DepositState.FAILED, "SANDBOX_FAILED")
    assert await till.spendable() == eur("0")


async def test_a_provider_that_says_no_ends_it_at_once(till: Till) -> None:
    """Before anybody could pay."""
    deposit_id = (await till.start(scenario="invalid")).deposit_id

    await till.create(deposit_id)

    record = await till.record(deposit_id)
    assert (record.state, record.failure) == (DepositState.FAILED, "SANDBOX_REFUSED")


async def test_another_amount_is_for_people(till: Till) -> None:
    """One cent less than asked books nothing by itself."""
    deposit_id = (await till.start(scenario="wrong-amount")).deposit_id
    await till.create(deposit_id)

    record = await till.look_up(deposit_id)

    assert record.state is DepositState.UNDERPAID
    assert await till.spendable() == eur("0")


@pytest.mark.parametrize("scenario", ["timeout-sent", "timeout-lost"])
async def test_a_time_out_is_repeated_with_the_same_reference(till: Till, scenario: str) -> None:
    """Announcing moves no money, so it may be said twice; it is one deposit there."""
    deposit_id = (await till.start(scenario=scenario)).deposit_id
    await till.create(deposit_id)
    assert (await till.record(deposit_id)).state is DepositState.INITIATED
    assert await queued_jobs("deposit_create", str(deposit_id)) == 2

    await till.create(deposit_id)
    record = await till.look_up(deposit_id)

    assert record.state is DepositState.SETTLED
    assert await till.spendable() == eur("100.00")


async def test_the_same_key_gives_the_first_answer(till: Till) -> None:
    """And another amount under it is refused."""
    key = till.house.world.key(till.employer_id, text="mine", body=b"100")
    first = await till.start(key=key)

    again = await till.start(key=key)

    assert again == replace(first, replayed=True)
    with pytest.raises(IdempotencyMismatch):
        await till.start(key=till.house.world.key(till.employer_id, text="mine", body=b"200"))


async def test_refuses_what_nobody_takes(till: Till) -> None:
    """Before anything is kept."""
    with pytest.raises(InvalidInput):
        await till.start(Money(10_000_001, "EUR"))
    with pytest.raises(InvalidInput):
        await till.start(Money(0, "EUR"))
    with pytest.raises(InvalidInput):
        await till.start(return_url="javascript:alert(1)")
    with pytest.raises(InvalidInput):
        await till.start(scenario="\x00")
    with pytest.raises(operations.NoDepositProvider):
        await till.start(Money(1_000_000, "XAU"))
    assert await queries.deposits_of(employer_id=till.employer_id, page=Page(limit=10)) == []


async def test_a_lost_job_is_enqueued_again(till: Till) -> None:
    """The sweep knows from the deposit itself what should have happened by now."""
    first, second = (await till.start()).deposit_id, (await till.start()).deposit_id
    await till.create(second)
    async with transaction():
        await execute("delete from jobs.pgqueuer")

    till.house.wait(timedelta(minutes=5))
    await operations.recover_deposits(now=till.clock())
    await operations.recover_deposits(now=till.clock())

    assert await queued_jobs("deposit_create", str(first)) == 1
    assert await queued_jobs("deposit_look_up", str(second)) == 1
    assert await fetch("select 1 from jobs.pgqueuer where entrypoint = 'deposit_create'")


async def test_deposits_nobody_can_serve_keep_no_other_waiting(till: Till) -> None:
    """Their instance was removed; a sweep takes 500, so they move to the end of the line."""
    deposit_id = (await till.start()).deposit_id
    async with transaction():
        await execute(
            "insert into deposit (id, employer_id, state, currency, amount_micros, deposit_ref,"
            " instance_id, reference, return_url, started_at, create_count, look_up_count, due_at)"
            " select gen_random_uuid(), employer_id, 'initiated', 'EUR', 1, 'gone' || n, 'gone',"
            " '', '', started_at, 0, 0, due_at - interval '1 day'"
            " from deposit, generate_series(1, 500) n where id = $1",
            deposit_id,
        )
        await execute("delete from jobs.pgqueuer")

    try:
        till.house.wait(timedelta(minutes=5))
        for _ in range(2):
            await operations.recover_deposits(now=till.clock())
            till.house.wait(timedelta(minutes=1))
    finally:
        async with transaction():
            await execute("delete from deposit where instance_id = 'gone'")

    assert await queued_jobs("deposit_create", str(deposit_id)) == 1


async def test_lists_newest_first(till: Till) -> None:
    """An employer's own deposits."""
    wanted = []
    for _ in range(3):
        wanted.append((await till.start()).deposit_id)
        till.house.wait(SECONDS)

    found = await queries.deposits_of(employer_id=till.employer_id, page=Page(limit=2))

    assert [each.id for each in found] == wanted[:0:-1]
    counts = await queries.count_deposits_of(parent_ids=[till.employer_id])
    assert counts[till.employer_id].number == 3
