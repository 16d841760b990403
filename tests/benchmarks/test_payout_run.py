"""How long a run of 15,000 payouts takes; `make bench`. Prints, and asserts only what must be."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from domain.database import fetch, fetch_value, transaction
from domain.jobs import enqueue
from domain.payouts import operations, queries
from domain.payouts.operations.request_payout import route_job
from domain.payouts.provider import ObservedState
from gateway.payment_jobs import ROUTES_MAX
from tests.benchmarks.machine import load, machine
from tests.make.able import AbleRail
from tests.make.many_payouts import many_requested
from tests.make.payouts import House, open_house
from tests.make.providers import accepted
from tests.make.rail import SANDBOX, all_of
from tests.make.world import World

COUNT = int(os.environ.get("PIECERATE_BENCH_PAYOUTS", "15000"))

NEXT = """
    delete from jobs.pgqueuer where id = (
        select id from jobs.pgqueuer where entrypoint = 'payout_route' and status = 'queued'
        order by id limit 1 for update skip locked)
    returning payload
"""
PAID = "select count(*) from payout where state = 'paid' and id = any($1)"

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.timeout(1800),
    pytest.mark.asyncio,
]


@dataclass(frozen=True, slots=True)
class Took:
    """On the wall, and of a processor: ours, without the database's."""

    wall: float
    own: float


class Steps:
    """What was done, and how long it took."""

    def __init__(self) -> None:
        self.took: dict[str, Took] = {}

    async def take(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        begun = time.perf_counter(), time.process_time()
        await work()
        self.took[what] = Took(time.perf_counter() - begun[0], time.process_time() - begun[1])


@pytest.mark.parametrize("at_once", [COUNT, 500])
async def test_a_run_of_payouts(world: World, tmp_path: Path, at_once: int) -> None:
    """From requested to paid and booked, in one batch and in batches of 500."""
    async with open_house(world, tmp_path) as house:
        manifest = replace(SANDBOX, max_batch=at_once, send_deadline=timedelta(minutes=2))
        rail = AbleRail(house, manifest=manifest)
        ids = await many_requested(house, COUNT)
        steps = Steps()

        async with transaction():
            await enqueue([route_job(each) for each in ids])
        await steps.take("routed and batched", lambda: route_all(house))
        batch_ids = await batches_of(ids)
        rail.answers(accepted)
        await steps.take("prepared, sent and recorded", lambda: each(batch_ids, house.send))
        rail.answers(all_of(ObservedState.PAID))
        house.wait(timedelta(minutes=1))
        await steps.take("looked up, paid and booked", lambda: each(batch_ids, house.look_up))

        assert await queries.audit() == []
        paid = await fetch_value(PAID, ids)
        assert paid == COUNT
        show(steps, batch_count=len(batch_ids))


async def next_routed() -> UUID | None:
    """As the queue hands its jobs out: the oldest that nobody has."""
    async with transaction():
        payload = await fetch_value(NEXT)
    return None if payload is None else UUID(msgspec.json.decode(payload)["payout_id"])


async def route_all(house: House) -> None:
    """One job each, as the queue runs them; whoever is taken along by another has none left."""

    async def worker() -> None:
        while (payout_id := await next_routed()) is not None:
            await operations.route_payout(
                payout_id=payout_id,
                providers=house.providers,
                new_id=house.world.new_id,
                now=house.world.now,
            )

    await asyncio.gather(*(worker() for _ in range(ROUTES_MAX)))


async def each(batch_ids: list[UUID], work: Callable[[UUID], Awaitable[None]]) -> None:
    for batch_id in batch_ids:
        await work(batch_id)


async def batches_of(ids: list[UUID]) -> list[UUID]:
    rows = await fetch(
        "select distinct batch_id from payout_attempt where payout_id = any($1)", ids
    )
    return [row["batch_id"] for row in rows]


def show(steps: Steps, *, batch_count: int) -> None:
    whole = Took(
        sum(each.wall for each in steps.took.values()),
        sum(each.own for each in steps.took.values()),
    )
    booked = COUNT / steps.took["looked up, paid and booked"].wall
    table = Table(title=f"{COUNT:,} payouts in {batch_count} batches")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("of our processor", justify="right")
    table.add_column("aim on 2 cores", justify="right")
    for what, took in steps.took.items():
        table.add_row(what, f"{took.wall:.1f} s", f"{took.own:.1f} s")
    table.add_row("all of it", f"{whole.wall:.1f} s", f"{whole.own:.1f} s", "120 s")
    table.add_row("payouts per second", f"{COUNT / whole.wall:,.0f}")
    table.add_row("ledger transfers per second while booking", f"{booked:,.0f}")
    Console(width=100).print(table, f"{machine()}; load {load()}")
