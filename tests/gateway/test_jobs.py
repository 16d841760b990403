"""Jobs run at least once, are tried again, and are held in the end rather than dropped."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pgqueuer
import pytest
import pytest_asyncio
from pgqueuer.types import QueueExecutionMode

from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction, transaction
from domain.jobs import LOG_KEPT, JobRequest, enqueue, purge_job_log
from gateway.app import services_of
from gateway.finance.checks import Checks
from gateway.finance.pdf import TypstRenderer
from gateway.given import clock, new_id
from gateway.job_kinds import SWEEP_ROWS_MAX, Arguments, Given, JobKind, swept
from gateway.job_worker import FAILURES_MAX, PICKS_MAX, enqueue_once, register
from gateway.jobs import JOBS
from gateway.kept_files import file_store_of
from gateway.live.feed import EventFeed
from gateway.mail import mailer_of
from gateway.parts import opened_parts
from gateway.settings import settings_from
from gateway.webhooks.payload import SchemaWriter
from gateway.webhooks.sender import HttpSender

RETRY = "update jobs.pgqueuer set attempts = $1 where entrypoint = 'test_job'"
PICKED = """
    insert into jobs.pgqueuer_log (job_id, status, priority, entrypoint)
    select id, 'picked', 0, entrypoint from jobs.pgqueuer, generate_series(1, $1)
    where entrypoint = 'test_job'
"""

FINISHED = """
    insert into jobs.pgqueuer_log (job_id, status, priority, entrypoint)
    values (-1, 'successful', 0, 'finished_job')
"""
COUNTED = """
    insert into jobs.pgqueuer_statistics (created, count, priority, status, entrypoint)
    values ($1, 3, 0, 'successful', 'finished_job')
"""


@pytest_asyncio.fixture
async def given(database: str, tmp_path: Path) -> AsyncIterator[Given]:
    """The real thing, with the sandbox as provider."""
    assert database
    settings = settings_from({"PIECERATE_HOME": str(tmp_path)})
    async with opened_parts(settings) as parts:
        yield Given(
            clock=clock,
            new_id=new_id,
            providers=parts.providers,
            vault=parts.vault,
            renderer=TypstRenderer(member_ref=str),
            checks=Checks(),
            mailer=mailer_of(settings.web.mail, home=tmp_path, url=settings.web.public_url),
            files=file_store_of(settings),
            webhook_writer=SchemaWriter(services_of(settings, parts, EventFeed())),
            webhook_sender=HttpSender(),
        )
    async with transaction():
        await execute("delete from jobs.pgqueuer")
        await execute("delete from jobs.pgqueuer_log")


@one_transaction
async def ask_for(arguments: dict[str, str]) -> None:
    await enqueue([JobRequest(name="test_job", arguments=arguments)])


async def work(database: str, given: Given, handle: Callable[..., Any]) -> None:
    """Until nothing is due; what is to be tried again later stays in the queue."""
    pool = await asyncpg.create_pool(database, min_size=2, max_size=4)
    worker = pgqueuer.PgQueuer(pgqueuer.AsyncpgPoolDriver(pool))
    register(worker, JobKind(name="test_job", handle=handle), given)
    running = asyncio.create_task(
        worker.qm.run(batch_size=1, mode=QueueExecutionMode.drain, max_concurrent_tasks=2)
    )
    while not running.done() and await is_due():  # noqa: ASYNC110  # the database has no event
        await asyncio.sleep(0.05)
    worker.shutdown.set()
    await running
    await pool.close()


async def is_due() -> bool:
    sql = """select exists (select from jobs.pgqueuer where entrypoint = 'test_job'
             and (status = 'picked' or status = 'queued' and execute_after <= now()))"""
    return bool(await fetch_value(sql))


async def left() -> Any:
    return await fetch_row("select * from jobs.pgqueuer where entrypoint = 'test_job'")


@pytest.mark.asyncio
async def test_a_job_runs_with_its_arguments_and_goes(database: str, given: Given) -> None:
    """What was enqueued in a transaction arrives as it was said."""
    seen: list[Arguments] = []

    async def handle(arguments: Arguments, _: Given) -> None:
        seen.append(arguments)

    await ask_for({"payout_id": "17"})
    await work(database, given, handle)

    assert seen == [{"payout_id": "17"}]
    assert await left() is None


@pytest.mark.asyncio
async def test_a_failed_job_is_tried_again_later(database: str, given: Given) -> None:
    """The library's default would have deleted it."""

    async def handle(_: Arguments, __: Given) -> None:
        raise ConnectionError("the provider is away")

    await ask_for({})
    await work(database, given, handle)

    row = await left()
    assert (row["status"], row["attempts"]) == ("queued", 1)
    assert row["execute_after"] > row["created"]


@pytest.mark.asyncio
async def test_a_job_that_fails_again_and_again_is_held(database: str, given: Given) -> None:
    """For a person: never dropped, never tried for ever."""

    async def handle(_: Arguments, __: Given) -> None:
        raise ConnectionError("the provider is away")

    await ask_for({})
    async with transaction():
        await execute(RETRY, FAILURES_MAX)
    await work(database, given, handle)

    assert (await left())["status"] == "failed"


@pytest.mark.asyncio
async def test_what_is_kept_of_a_failure_holds_no_data(database: str, given: Given) -> None:
    """The queue keeps tracebacks; what an error says may be somebody's account."""

    async def handle(_: Arguments, __: Given) -> None:
        raise ValueError("no such account: canary-of-wanda")

    await ask_for({})
    await work(database, given, handle)
    async with transaction():
        await execute("update jobs.pgqueuer set execute_after = now()")
        await execute(RETRY, FAILURES_MAX)
    await work(database, given, handle)

    kept = await fetch_value(
        "select string_agg(l::text, ' ') from jobs.pgqueuer_log l where entrypoint = 'test_job'"
    )
    assert (await left())["status"] == "failed" and "ValueError" in kept
    assert "canary-of-wanda" not in kept


@pytest.mark.asyncio
async def test_a_job_that_kills_its_worker_is_held_without_being_run(
    database: str, given: Given
) -> None:
    """A killed worker counts no failure, so the picks are counted."""
    ran = Counter[str]()

    async def handle(_: Arguments, __: Given) -> None:
        ran["times"] += 1

    await ask_for({})
    async with transaction():
        await execute(PICKED, PICKS_MAX)
    await work(database, given, handle)

    assert (await left())["status"] == "failed"
    assert ran["times"] == 0


@pytest.mark.asyncio
async def test_a_schedule_enqueues_once_while_its_job_waits(given: Given) -> None:
    """A worker that was away for an hour finds one job, not sixty."""
    assert given
    for _ in range(3):
        await enqueue_once("test_schedule")

    waiting = "select count(*) from jobs.pgqueuer where entrypoint = $1"
    assert await fetch_value(waiting, "test_schedule") == 1


@pytest.mark.asyncio
async def test_a_sweep_goes_on_while_it_finds_much(given: Given) -> None:
    """500 rows at a time, so a backlog of 1,200 needs three rounds."""
    backlog = [SWEEP_ROWS_MAX, SWEEP_ROWS_MAX, 200, 0]
    rounds = iter(backlog)

    async def sweep(_: Given) -> int:
        return next(rounds)

    await swept(sweep)({}, given)

    assert list(rounds) == [0]


@pytest.mark.asyncio
async def test_the_log_of_finished_jobs_is_purged_and_of_held_ones_kept(given: Given) -> None:
    """Three rows per job, and their counts by the second, would grow for ever; what a person must
    look into stays.
    """
    await ask_for({})
    async with transaction():
        await execute("delete from jobs.pgqueuer_log")  # other tests ran jobs too
        await execute("delete from jobs.pgqueuer_statistics")
        for days in (15, 13):
            await execute(COUNTED, given.clock() - timedelta(days=days))
        await execute(PICKED, 1)  # of a job that is still there
        await execute(FINISHED)
        await execute("update jobs.pgqueuer_log set aggregated = true")

    counted = "select count(*) from jobs.pgqueuer_statistics"
    assert await purge_job_log(now=given.clock()) == 1
    assert await fetch_value(counted) == 1, "the younger one"
    assert await purge_job_log(now=given.clock()) == 0
    assert await purge_job_log(now=given.clock() + LOG_KEPT + timedelta(minutes=1)) == 1

    kept = await fetch("select distinct entrypoint from jobs.pgqueuer_log")
    assert [row["entrypoint"] for row in kept] == ["test_job"]


@pytest.mark.asyncio
async def test_every_schedule_runs_on_an_empty_marketplace(given: Given) -> None:
    """A sweep with a wrong name or argument would fail only in somebody's log."""
    for kind in JOBS:
        if kind.every is not None:
            await kind.handle({}, given)


def test_every_job_the_domain_enqueues_has_somebody_who_does_it() -> None:
    """A job without a handler waits for ever, and nobody hears of it."""
    folder = Path(__file__).parents[2] / "domain"
    text = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    enqueued = set(re.findall(r'JobRequest\(\s*name="(\w+)"', text))
    enqueued |= set(re.findall(r'_job\(\s*"(\w+)"', text))
    names = [kind.name for kind in JOBS]

    assert len(enqueued) > 5
    assert enqueued <= set(names)
    assert len(names) == len(set(names))
