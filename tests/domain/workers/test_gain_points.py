"""`gain_points`: with the approval, once, at the rate of the day; and never taken away."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from domain.assignments.queries import success_of
from domain.database import execute, fetch, transaction
from domain.money import Money
from domain.workers import operations, queries
from domain.workers.rules import Merit, MeritReason
from tests.make import campaigns as make
from tests.make.members import add_worker
from tests.make.ratings import approved
from tests.make.workers import gain, on_level
from tests.make.world import World

pytestmark = pytest.mark.asyncio
EURO_RATE = """
    insert into rate (kind, scope, valid_from, micros, source)
    values ('usd_reference', 'EUR', '2020-01-01', 1200000, 'test') on conflict do nothing
"""


async def test_an_approval_brings_points_once(world: World) -> None:
    """P37: ten for the work and what it earned, in the same transaction; a replay adds nothing."""
    work = await approved(world)
    before = (await queries.standings_of(ids=[work.worker_id]))[work.worker_id]

    again = Merit(
        assignment_id=work.id,
        worker_id=work.worker_id,
        reason=MeritReason.APPROVED,
        earned=make.usd("0.05"),
    )
    await asyncio.gather(*(told(world, again) for _ in range(3)))

    after = (await queries.standings_of(ids=[work.worker_id]))[work.worker_id]
    assert after == before
    assert (before.satisfied_count, before.usd_micros) == (1, 50_000)
    assert (before.points, before.level, before.next_level_points) == (15, 0, 1000)
    assert (await success_of(ids=[work.worker_id]))[work.worker_id].good == 1


async def told(world: World, merit: Merit) -> None:
    async with transaction():
        await operations.gain_points(merits=[merit], on=world.now.date())


async def test_work_at_the_same_time_is_all_counted(world: World) -> None:
    """Each of twenty approvals reads the sum that the one before left."""
    worker = await add_worker(world)
    await asyncio.gather(*(gain(world, worker, make.usd("5")) for _ in range(20)))

    standing = (await queries.standings_of(ids=[worker]))[worker]
    assert (standing.satisfied_count, standing.points, standing.level) == (20, 10_200, 4)


async def test_earnings_without_a_rate_count_once_it_is_entered(world: World) -> None:
    """Pay never waits for a rate, and no default stands in for one."""
    worker = await add_worker(world)
    await gain(world, worker, Money(10_000_000, "EUR"))
    assert (await queries.standings_of(ids=[worker]))[worker].points == 10

    async with transaction():
        await execute(EURO_RATE)
    await asyncio.gather(operations.complete_points(), operations.complete_points())

    standing = (await queries.standings_of(ids=[worker]))[worker]
    assert (standing.usd_micros, standing.points, standing.level) == (12_000_000, 1_210, 1)
    await gain(world, worker, Money(1_001, "EUR"))
    assert (await queries.standings_of(ids=[worker]))[worker].usd_micros == 12_001_201


@pytest.mark.parametrize("change", ["level = level - 1", "usd_micros = 0", "satisfied_count = 0"])
async def test_no_points_are_taken_away(world: World, change: str) -> None:
    """R13: not by inactivity, not by a mistake; the database refuses."""
    worker = await add_worker(world)
    await on_level(world, worker, 2)

    with pytest.raises(asyncpg.CheckViolationError):
        await fetch(f"update worker_standing set {change} where worker_id = $1", worker)
    with pytest.raises(asyncpg.RestrictViolationError):
        await fetch("delete from worker_merit where worker_id = $1", worker)
