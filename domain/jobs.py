"""Background jobs: enqueued in the transaction of the change that needs them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec

from domain.database import current_transaction, execute, fetch, one_transaction

# The library reads its settings once, at its first import: the tables stand in a schema of their
# own in every process, whoever started it. It is imported by those who work the jobs off: it
# brings 11 MiB, which every web worker would keep only to insert rows.
os.environ["PGQUEUER_SCHEMA"] = "jobs"

# What the library does when it enqueues; a test holds the rows equal.
_ENQUEUE: Final = """
    with queued as (
        insert into jobs.pgqueuer
            (priority, entrypoint, payload, execute_after, dedupe_key, status)
        select 0, name, arguments, now() + delay, once_key, 'queued'
        from unnest($1::text[], $2::bytea[], $3::interval[], $4::text[])
            with ordinality as wanted (name, arguments, delay, once_key, number)
        order by number
        on conflict (dedupe_key)
            where status in ('queued', 'picked') and dedupe_key is not null do nothing
        returning id, entrypoint, priority, status
    )
    insert into jobs.pgqueuer_log (job_id, status, entrypoint, priority)
    select id, status, entrypoint, priority from queued
"""
_CALL_OFF: Final = """
    delete from jobs.pgqueuer where dedupe_key = any($1) and status = 'queued'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """`once_key` is unique among the queued and picked jobs of this name."""

    name: str
    arguments: dict[str, str]  # ids only: no personal data, no secrets
    once_key: str | None = None
    delay: timedelta = timedelta(0)


async def enqueue(requests: Sequence[JobRequest]) -> None:
    """The jobs exist if and only if the current transaction commits."""
    await execute(
        _ENQUEUE,
        [request.name for request in requests],
        [msgspec.json.encode(request.arguments) for request in requests],
        [request.delay for request in requests],
        [f"{each.name}:{each.once_key}" if each.once_key else None for each in requests],
    )


async def call_off(requests: Sequence[JobRequest]) -> None:
    """Those of them that nobody has begun have nothing left to do, if this transaction commits."""
    await execute(_CALL_OFF, [f"{each.name}:{each.once_key}" for each in requests])


async def install_queue() -> None:
    """Run by a migration: the library's tables, which its pinned version checks at start."""
    from pgqueuer import AsyncpgDriver, Queries  # noqa: PLC0415  # see above

    current = current_transaction()
    assert current is not None
    await Queries(AsyncpgDriver(current.connection)).install()


@dataclass(frozen=True, slots=True, order=True)
class QueuedJob:
    """A job that nobody has begun; `delay` is how long after it was asked for it is due."""

    id: int
    name: str = field(compare=False)
    arguments: dict[str, str] = field(compare=False)
    delay: timedelta = field(compare=False)


_QUEUED: Final = """
    select id, entrypoint, payload, execute_after - created as delay from jobs.pgqueuer
    where status = 'queued' and id > $1 order by id
"""


async def queued_jobs(*, after: int) -> list[QueuedJob]:
    """For who works them off without the library, on a clock of their own: in the order asked."""
    return [
        QueuedJob(
            id=row["id"],
            name=row["entrypoint"],
            arguments=msgspec.json.decode(row["payload"] or b"{}", type=dict[str, str]),
            delay=row["delay"],
        )
        for row in await fetch(_QUEUED, after)
    ]


@one_transaction
async def forget_job(*, job_id: int) -> None:
    """It is done; one like it may be enqueued again."""
    await execute("delete from jobs.pgqueuer where id = $1", job_id)


LOG_KEPT: Final = timedelta(days=14)
PURGE_ROWS_MAX: Final = 5_000

_PURGE: Final = """
    delete from jobs.pgqueuer_log where id in (
        select l.id from jobs.pgqueuer_log l
        where l.aggregated and l.created < $1
          and not exists (select from jobs.pgqueuer q where q.id = l.job_id)
        limit $2)
"""

# By its number, for there is no index on the instant and the numbers follow it.
_PURGE_COUNTS: Final = """
    delete from jobs.pgqueuer_statistics where id in (
        select id from jobs.pgqueuer_statistics where created < $1 order by id limit $2)
"""


@one_transaction
async def purge_job_log(*, now: datetime) -> int:
    """Three rows per job, and their counts by the second, which the library keeps for ever; the
    larger of both numbers. Rows of held jobs stay.
    """
    until = now - LOG_KEPT
    return max(
        await execute(_PURGE, until, PURGE_ROWS_MAX),
        await execute(_PURGE_COUNTS, until, PURGE_ROWS_MAX),
    )
