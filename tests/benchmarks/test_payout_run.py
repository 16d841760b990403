"""How long a run of 15,000 payouts takes; `make bench`. Prints, and asserts only what must be."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console
from rich.table import Table

from domain.database import fetch, fetch_value
from domain.payouts import operations, queries
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

PAID = "select count(*) from payout where state = 'paid' and id = any($1)"

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.timeout(1800),
    pytest.mark.asyncio,
]


class Steps:
    """What was done, and how long it took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    async def take(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        begun = time.perf_counter()
        await work()
        self.seconds[what] = time.perf_counter() - begun


@pytest.mark.parametrize("at_once", [COUNT, 500])
async def test_a_run_of_payouts(world: World, tmp_path: Path, at_once: int) -> None:
    """From requested to paid and booked, in one batch and in batches of 500."""
    async with open_house(world, tmp_path) as house:
        manifest = replace(SANDBOX, max_batch=at_once, send_deadline=timedelta(minutes=2))
        rail = AbleRail(house, manifest=manifest)
        ids = await many_requested(house, COUNT)
        steps = Steps()

        await steps.take("routed and batched", lambda: route_all(house, ids))
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


async def route_all(house: House, ids: list[UUID]) -> None:
    """One job each, as the queue runs them; whoever is taken along by another has nothing to do."""
    waiting = asyncio.Queue[UUID]()
    for payout_id in ids:
        waiting.put_nowait(payout_id)

    async def worker() -> None:
        while not waiting.empty():
            await operations.route_payout(
                payout_id=waiting.get_nowait(),
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
    whole = sum(steps.seconds.values())
    booked = COUNT / steps.seconds["looked up, paid and booked"]
    table = Table(title=f"{COUNT:,} payouts in {batch_count} batches")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("aim on 2 cores", justify="right")
    for what, seconds in steps.seconds.items():
        table.add_row(what, f"{seconds:.1f} s")
    table.add_row("all of it", f"{whole:.1f} s", "120 s")
    table.add_row("payouts per second", f"{COUNT / whole:,.0f}")
    table.add_row("ledger transfers per second while booking", f"{booked:,.0f}")
    Console(width=100).print(table, f"{machine()}; load {load()}")
