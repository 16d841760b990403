"""The cost budget: processes share a bucket, and together never spend more than it held."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from domain.access import operations
from domain.access.operations import Share
from domain.database import engine, fetch, fetch_value, transaction
from domain.database import execute as change
from gateway.budget import AWAY_SECONDS, IDLE_SECONDS, Budgets, kept
from schema.metering import Meter
from tests.gateway.test_graphql_pages import BrokenPool, NoPool
from tests.make.ask import counted_statements
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SLOW = 0.000_001  # nothing comes back while a test runs


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def process(
    clock: Clock | None = None, *, limit: int = 10_000, per_second: float = SLOW
) -> Budgets:
    """Each has its own leases, as a web worker has."""
    return Budgets(limit=limit, per_second=per_second, running_max=20, monotonic=clock or Clock())


async def in_buckets() -> float:
    """Points that lie in the database, of all actors of this test's database."""
    held: float = await fetch_value(
        "select coalesce(sum(tokens), 0) from rate_bucket where key like 'graphql:%'"
    )
    return held


@pytest_asyncio.fixture(autouse=True)
async def empty(world: World) -> None:
    """Other tests' buckets would be counted too."""
    assert world
    async with transaction():
        await change("delete from rate_bucket")


async def leased(*, actor: str, capacity: int, per_second: float, least: int, wanted: int) -> Share:
    wish = operations.Wish(actor=actor, least=least, wanted=wanted)
    (share,) = await operations.lease_points(
        wishes=[wish], capacity=capacity, per_second=per_second
    )
    return share


async def takes(budgets: Budgets, *, points: int, times: int, actor: str = "a") -> int:
    """How many of them were let through, all asking at once."""
    waits = await asyncio.gather(*(budgets.take(actor, points) for _ in range(times)))
    return waits.count(0)


async def test_two_processes_spend_exactly_what_the_bucket_held() -> None:
    """1,500 requests of 10 points against 10,000: a thousand pass, whoever asks where."""
    one, two = process(), process()

    passed = await asyncio.gather(
        takes(one, points=10, times=700), takes(two, points=10, times=800)
    )

    assert sum(passed) == 1_000
    assert round(await in_buckets()) == 0


@pytest.mark.parametrize("points", [1, 7, 333, 999])
async def test_no_point_is_spent_twice_or_lost(points: int) -> None:
    """A point is spent, leased, or in the bucket; the sum never changes."""
    one, two = process(), process()
    passed = sum(
        await asyncio.gather(
            takes(one, points=points, times=200), takes(two, points=points, times=200)
        )
    )
    assert passed * points <= 10_000

    await one.return_unused(idle_seconds=-1)
    await two.return_unused(idle_seconds=-1)

    assert round(passed * points + await in_buckets(), 2) == 10_000


async def test_what_is_asked_for_meanwhile_is_not_spent_twice() -> None:
    """While one request waits for the database, others spend what it had counted on."""
    budgets = process()
    assert await budgets.take("a", 9_001) == 0
    lease = await leased(actor="a", capacity=10_000, per_second=SLOW, least=499, wanted=499)
    assert lease.granted == 499
    budgets.give_back("a", 500)

    waits = await asyncio.gather(budgets.take("a", 1_000), budgets.take("a", 500))

    passed = sum(points for points, wait in zip((1_000, 500), waits, strict=True) if wait == 0)
    assert passed <= 1_000 and waits[1] == 0
    assert budgets.available("a") == 500


async def test_a_process_asks_the_database_once_for_many_requests() -> None:
    """A lease of 500 points serves 50 small requests with one statement."""
    budgets, real = process(), engine.pool
    counting = Acquisitions(real)
    engine.pool = counting
    try:
        for _ in range(50):
            assert await budgets.take("a", 10) == 0
    finally:
        engine.pool = real

    assert counting.count == 1


class Acquisitions:
    """The real pool, counting how often somebody wants a connection."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.count = 0

    async def acquire(self, *, timeout: float) -> Any:  # noqa: ASYNC109  # the pool's signature
        self.count += 1
        return await self._pool.acquire(timeout=timeout)

    async def release(self, connection: Any) -> None:
        await self._pool.release(connection)


async def test_who_has_too_little_is_told_how_long_to_wait() -> None:
    """The seconds until the bucket holds the price, and they are true."""
    clock = Clock()
    budgets = process(clock, per_second=100)
    assert await budgets.take("a", 9_900) == 0

    wait = await budgets.take("a", 4_000)

    assert 38 <= wait <= 39
    assert await budgets.take("b", 4_000) == 0


async def test_a_flood_of_refusals_does_not_reach_the_database() -> None:
    """Refused once, the process knows for a second that the bucket is empty."""
    clock = Clock()
    budgets = process(clock)
    await budgets.take("a", 10_000)
    assert await budgets.take("a", 10) > 0
    pool, engine.pool = engine.pool, NoPool()
    try:
        assert await takes(budgets, points=10, times=100) == 0
        assert budgets.unasked_count == 0
    finally:
        engine.pool = pool


async def test_unused_points_go_back_after_a_while() -> None:
    """Another process can spend them then; nothing of the actor stays in memory."""
    clock = Clock()
    one, two = process(clock), process(clock)
    assert await one.take("a", 10) == 0
    assert await two.take("a", 9_500) == 0
    assert await two.take("a", 480) > 0

    clock.now += IDLE_SECONDS - 1
    await one.return_unused()
    assert round(await in_buckets()) == 0
    clock.now += 2
    await one.return_unused()

    assert round(await in_buckets()) == 490
    assert await two.take("a", 480) == 0
    assert one.available("a") == 10_000  # it knows nothing any more


async def test_a_process_that_ends_gives_everything_back() -> None:
    """A restart costs nobody anything."""
    budgets = process()
    async with kept(budgets):
        assert await budgets.take("a", 10) == 0
        assert round(await in_buckets()) == 9_500

    assert round(await in_buckets()) == 9_990


class Away:
    """A pool of a server that does not answer; each that asks it waits for seconds."""

    count = 0

    async def acquire(self, *, timeout: float) -> Any:  # noqa: ARG002, ASYNC109  # the pool's signature
        self.count += 1
        raise TimeoutError


async def test_giving_back_does_not_wait_for_each_of_many() -> None:
    """A process that ends while the database is away would be killed before it is through."""
    budgets = process()
    for number in range(20):
        assert await budgets.take(f"actor {number}", 10) == 0
    real, away = engine.pool, Away()
    engine.pool = away
    try:
        await budgets.return_unused(idle_seconds=-1)
    finally:
        engine.pool = real

    assert away.count == 1


async def test_many_actors_share_a_statement_and_no_points() -> None:
    """Two processes lease for the same crowd at once, each in an order of its own, and give
    everything back.
    """
    one, two = process(), process()
    crowd = [f"actor {number}" for number in range(60)]
    async with counted_statements() as statements:
        waits = await asyncio.gather(
            *(one.take(actor, 6_000) for actor in crowd),
            *(two.take(actor, 6_000) for actor in reversed(crowd)),
        )
        assert len(statements) <= 2 * 2  # the first alone, the others together

    assert waits.count(0) == len(crowd)  # each bucket holds 10,000
    assert one.unasked_count == two.unasked_count == 0
    async with counted_statements() as statements:
        await one.return_unused(idle_seconds=-1)
        await two.return_unused(idle_seconds=-1)
        assert len(statements) <= 2
    assert round(await in_buckets()) == 4_000 * len(crowd)


async def test_the_difference_between_price_and_use_comes_back() -> None:
    """It is spent again by this very process, without asking."""
    budgets = process()
    assert await budgets.take("a", 5_000) == 0
    budgets.give_back("a", 4_900)

    assert budgets.available("a") == 9_900
    assert await takes(budgets, points=100, times=100) == 99


@pytest.mark.parametrize("pool", [NoPool(), BrokenPool()], ids=["away", "broken"])
async def test_without_the_database_requests_pass_and_one_line_is_logged(pool: Any) -> None:
    """A budget is no reason to refuse; free points are never turned into paid ones."""
    clock = Clock()
    budgets = process(clock)
    real, engine.pool = engine.pool, pool
    try:
        with capture_logs() as logs:
            assert await takes(budgets, points=100, times=10) == 10
            clock.now += AWAY_SECONDS + 1
            assert await takes(budgets, points=100, times=10) == 10
    finally:
        engine.pool = real
    budgets.give_back("a", 1_500)

    assert [each["event"] for each in logs] == ["budget.away"]
    assert budgets.unasked_count == 20
    clock.now += AWAY_SECONDS + 1
    assert await takes(budgets, points=100, times=200) == 100


async def test_one_actor_runs_so_many_operations_at_once() -> None:
    """Counted while they last, for each actor alone."""
    budgets = Budgets(limit=10_000, per_second=1, running_max=2)
    with (
        budgets.running("a") as first,
        budgets.running("a") as second,
        budgets.running("a") as third,
        budgets.running("b") as other,
    ):
        assert (first, second, third, other) == (True, True, False, True)
    with budgets.running("a") as later:
        assert later


async def test_a_share_is_never_more_than_the_bucket_holds() -> None:
    """What the function in the database promises, at its edges."""
    asked: Any = {"actor": "a", "capacity": 100, "per_second": SLOW}

    first = await leased(**asked, least=60, wanted=500)
    second = await leased(**asked, least=1, wanted=1)
    await operations.return_points(points={"a": 1_000}, capacity=100)
    third = await leased(**asked, least=101, wanted=101)
    fourth = await leased(**asked, least=100, wanted=100)

    assert (first.granted, second, third.granted, fourth.granted) == (
        100,
        Share(granted=0, remaining=second.remaining),
        0,
        100,
    )
    assert second.remaining < 1 and round(third.remaining) == 100


async def test_a_clock_that_was_wrong_for_a_while_starves_nobody() -> None:
    """A bucket filled in the future does not wait for it; an ordinary lag gives nothing twice."""
    asked: Any = {"actor": "a", "capacity": 1_000, "per_second": 0.5, "least": 1, "wanted": 1_000}
    assert (await leased(**asked)).granted == 1_000
    async with transaction():
        await change("update rate_bucket set refilled_at = now() + interval '1 day'")

    assert (await leased(**asked)).granted == 0
    refilled_at = await fetch_value("select refilled_at - interval '1 minute' from rate_bucket")
    async with transaction():
        await change("update rate_bucket set refilled_at = $1", refilled_at)
    assert (await leased(**asked)).granted == 30

    async with transaction():
        await change("update rate_bucket set refilled_at = now() + interval '1 second'")
    before = await fetch_value("select refilled_at from rate_bucket")
    await leased(**asked)
    assert await fetch_value("select refilled_at from rate_bucket") == before


async def test_forgotten_buckets_are_purged() -> None:
    """Those of a day ago are full again; today's stay."""
    await leased(actor="a", capacity=9, per_second=1, least=1, wanted=1)
    moment = (await fetch("select refilled_at from rate_bucket"))[0]["refilled_at"]

    assert await operations.purge_buckets(now=moment + timedelta(hours=23)) == 0
    assert await operations.purge_buckets(now=moment + timedelta(hours=25)) == 1


async def test_a_refusal_is_paid_once() -> None:
    """And never on top of the price of an operation that ran."""
    meter = Meter()
    assert await meter.take_for_refusal() == 0 and meter.actual == 10
    assert await meter.take_for_refusal() == 0 and meter.actual == 10
    ran = Meter()
    await ran.take(50)
    await ran.take_for_refusal()
    assert (ran.requested, ran.actual) == (50, 50)
