"""The job worker process: pgqueuer over `gateway.jobs.JOBS`.

A job runs at least once, and now and then twice at the same time: its effects are
idempotent. What fails again and again is held for a person, never dropped.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import asyncpg
import msgspec
import structlog
import uvloop

from domain.database import close_pool, fetch_value, one_transaction, open_pool
from domain.jobs import JobRequest, enqueue  # first: it tells pgqueuer its schema
from gateway.app import services_of
from gateway.finance.checks import Checks
from gateway.finance.pdf import TypstRenderer
from gateway.given import clock, new_id
from gateway.job_kinds import Arguments, Given, JobKind
from gateway.jobs import JOBS
from gateway.kept_files import file_store_of
from gateway.live.feed import EventFeed
from gateway.mail import mailer_of
from gateway.papers import fonts_of, member_ref_of
from gateway.parts import opened_parts
from gateway.settings import Settings
from gateway.webhooks.payload import SchemaWriter
from gateway.webhooks.sender import HttpSender

import pgqueuer  # isort: skip
from pgqueuer.executors import EntrypointExecutor  # isort: skip
from pgqueuer.models import Context, Schedule  # isort: skip

log = structlog.get_logger(__name__)

FAILURES_MAX: Final = 8
PICKS_MAX: Final = 20
FIRST_DELAY: Final = timedelta(seconds=2)
LONGEST_DELAY: Final = timedelta(minutes=30)
POLL: Final = timedelta(seconds=1)  # NOTIFY only shortens it
HEARTBEAT_MAX: Final = timedelta(seconds=30)
BATCH: Final = 10
AT_ONCE_MAX: Final = 40  # at least twice the batch
POOL_SIZE: Final = 8
QUEUE_POOL_SIZE: Final = 6
CHECKS_AT_ONCE: Final = min(4, os.cpu_count() or 1)  # processes of a worker that checks papers

_PICKS: Final = "select count(*) from jobs.pgqueuer_log where job_id = $1 and status = 'picked'"


class PoisonedJob(RuntimeError):
    """Picked again and again without ever ending: it kills its worker."""


class JobHeld(RuntimeError):
    """Tried often enough; says only of which kind the last failure was."""


@dataclass
class RetryingExecutor(EntrypointExecutor):
    """Exponential back-off with jitter; then the job is held."""

    jitter: Callable[[], float] = random.random

    async def execute(self, job: pgqueuer.Job, context: Context) -> None:
        picks = await fetch_value(_PICKS, job.id)
        if picks > PICKS_MAX:
            raise PoisonedJob(f"{job.entrypoint} was picked {picks} times")
        try:
            await super().execute(job, context)
        except pgqueuer.RetryRequested:
            raise
        except Exception as failure:
            # The queue keeps the tracebacks of what is raised here; only our log is redacted.
            names = {"job": job.entrypoint, "job_id": int(job.id), "attempts": job.attempts}
            if job.attempts >= FAILURES_MAX:
                log.exception("job.held", **names)
                raise JobHeld(type(failure).__name__) from None
            log.warning("job.retried", **names, failure=failure)
            delay = min(FIRST_DELAY * 2**job.attempts, LONGEST_DELAY)
            raise pgqueuer.RetryRequested(
                delay * (0.5 + self.jitter()), type(failure).__name__
            ) from None


async def run_jobs(*, dsn: str, jobs: Sequence[JobKind], given: Given) -> None:
    """Until SIGTERM or SIGINT; what runs then is finished first."""
    await pgqueuer.run(
        partial(build_worker, dsn=dsn, jobs=jobs, given=given),
        dequeue_timeout=POLL,
        batch_size=BATCH,
        max_concurrent_tasks=AT_ONCE_MAX,
        heartbeat_timeout=HEARTBEAT_MAX,
        restart_on_failure=True,
        restart_delay=timedelta(seconds=1),
        shutdown_on_listener_failure=True,
    )


@asynccontextmanager
async def build_worker(
    *, dsn: str, jobs: Sequence[JobKind], given: Given
) -> AsyncIterator[pgqueuer.PgQueuer]:
    """Called again after every failure, so nothing outside keeps a dead connection."""
    await close_pool()
    await open_pool(dsn, application_name="piecerate-jobs", size=POOL_SIZE)
    queue_pool = await asyncpg.create_pool(
        dsn,
        min_size=2,
        max_size=QUEUE_POOL_SIZE,
        timeout=5,
        command_timeout=30,
        server_settings={"application_name": "piecerate-queue", "timezone": "UTC"},
    )
    try:
        driver = pgqueuer.AsyncpgPoolDriver(queue_pool)
        worker = pgqueuer.PgQueuer(driver)
        # The library probes its listener before it listens; an early probe goes unheard, and ten
        # seconds later the worker is started anew. So somebody listens already.
        await driver.add_listener(worker.channel, hear_nothing)
        for kind in jobs:
            register(worker, kind, given)
        log.info("jobs.started", kinds=len(jobs))
        yield worker
    finally:
        try:
            await asyncio.wait_for(queue_pool.close(), 5)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            queue_pool.terminate()
        await close_pool()


def hear_nothing(_: str | bytes | bytearray) -> None:
    """Stands in until the library's own listener is there."""


def register(worker: pgqueuer.PgQueuer, kind: JobKind, given: Given) -> None:
    async def run(job: pgqueuer.Job) -> None:
        await kind.handle(arguments_of(job), given)

    worker.entrypoint(
        kind.name,
        on_failure="hold",  # the default drops a failed job
        executor_factory=RetryingExecutor,
        concurrency_limit=kind.at_once_max,
    )(run)
    if kind.every is not None:
        worker.schedule(kind.name, kind.every)(enqueuing(kind.name))


def enqueuing(name: str) -> Callable[[Schedule], Awaitable[None]]:
    """A schedule only enqueues: its own failures are logged and never tried again."""

    async def tick(_: Schedule) -> None:
        await enqueue_once(name)

    return tick


@one_transaction
async def enqueue_once(name: str) -> None:
    await enqueue([JobRequest(name=name, arguments={}, once_key="scheduled")])


def arguments_of(job: pgqueuer.Job) -> Arguments:
    return msgspec.json.decode(job.payload or b"{}", type=dict[str, str])


def run_worker(settings: Settings, *, dsn: str) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run_worker(settings, dsn=dsn))


async def _run_worker(settings: Settings, *, dsn: str) -> None:
    async with opened_parts(settings) as parts:
        given = Given(
            clock=clock,
            new_id=new_id,
            providers=parts.providers,
            vault=parts.vault,
            renderer=TypstRenderer(
                member_ref=member_ref_of(settings), more_fonts=fonts_of(settings)
            ),
            checks=Checks(more_fonts=fonts_of(settings), process_count=CHECKS_AT_ONCE),
            mailer=mailer_of(settings.web.mail, home=settings.home, url=settings.web.public_url),
            files=file_store_of(settings),
            webhook_writer=SchemaWriter(services_of(settings, parts, EventFeed())),
            webhook_sender=HttpSender(private_hosts=settings.webhook_private_hosts),
        )
        await run_jobs(dsn=dsn, jobs=JOBS, given=given)
