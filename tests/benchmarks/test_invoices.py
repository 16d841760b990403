"""How long a run of invoices takes, with the rules of authorities; `make bench`."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from resource import RUSAGE_CHILDREN, getrusage
from typing import Final

import pytest
from rich.console import Console

from domain.database import AWAY, BUSY
from domain.invoices import operations, queries
from domain.invoices.rules import DocumentKind
from domain.paging import Page
from gateway.finance.checks import Checks
from gateway.finance.pdf import TypstRenderer
from gateway.given import clock
from tests.benchmarks.machine import load, machine
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import approved_work
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.world import World

COUNT: Final = int(os.environ.get("PIECERATE_BENCH_INVOICES", "1000"))
DRAWN: Final = 50
AT_ONCE: Final = 8

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.timeout(3600),
]


async def test_a_run_of_invoices(world: World) -> None:
    """One campaign each; both XML files pass schema and schematron before a number is taken."""
    world.now = clock()
    finance, worker, gate = (
        await add_finance_member(world),
        await add_worker(world),
        asyncio.Semaphore(AT_ONCE),
    )

    async def work() -> None:
        async with gate:
            employer = await rich_employer(world)
            await approved_work(world, employer, worker, count=1, reward=usd("10.00"))

    await asyncio.gather(*(work() for _ in range(COUNT)))
    run_id = (
        await operations.start_run(
            actor_id=finance,
            kind=DocumentKind.FEE_INVOICE,
            key=world.key(finance),
            new_id=world.new_id,
            now=world.now,
        )
    ).run_id
    checks, load_before = Checks(process_count=os.cpu_count() or 1), load()

    begun, worked = time.perf_counter(), time.process_time()
    while True:
        with suppress(*AWAY, *BUSY):  # a machine that does other things too
            await operations.step_run(
                vault=VAULT, run_id=run_id, checks=checks, new_id=world.new_id, clock=clock
            )
        run = await queries.document_run(run_id=run_id)
        assert run is not None
        if run.finished_at is not None:
            break
    seconds = time.perf_counter() - begun
    checks.close(wait=True)
    worked = time.process_time() - worked
    checked = getrusage(RUSAGE_CHILDREN)

    drawing = await drawn()
    assert run.issued_count >= COUNT and run.refused_count == 0
    assert all(each.is_gapless for each in await queries.number_series())
    children = checked.ru_utime + checked.ru_stime
    Console().print(
        f"\n{run.issued_count:,} invoices checked and issued in {seconds:.1f} s "
        f"({run.issued_count / seconds:.0f} a second; aim: 1,000 in 60 s).\n"
        f"Processor seconds: {worked:.1f} here, {children:.1f} in the processes that check. "
        f"Drawing one takes {drawing * 1000:.0f} ms of a processor.\n"
        f"{machine()}; load before: {load_before}"
    )


async def drawn() -> float:
    """Processor seconds of one PDF with its XML inside."""
    renderer = TypstRenderer(member_ref=str)
    found = await queries.all_documents(page=Page(limit=DRAWN))
    begun = time.process_time()
    for record in found:
        renderer.render_now(record.content)
    return (time.process_time() - begun) / len(found)
