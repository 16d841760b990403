"""Jobs as they are enqueued: the library that works them off must find what it would have made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.database import current_transaction, fetch, transaction
from domain.jobs import JobRequest, enqueue

import pgqueuer  # isort: skip  # after domain.jobs, which tells it its schema

pytestmark = pytest.mark.asyncio

DELAY = timedelta(minutes=5)
ROWS = """
    select q.entrypoint, q.priority, q.payload, q.dedupe_key, q.status, q.attempts, q.slot,
           q.queue_manager_id, q.execute_after - q.created as delay,
           l.status as logged, l.entrypoint as logged_as, l.priority as logged_priority
    from jobs.pgqueuer q join jobs.pgqueuer_log l on l.job_id = q.id
    where q.entrypoint like 'test_%' order by q.id
"""


async def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in await fetch(ROWS)]


async def test_our_rows_are_those_of_the_library(database: str) -> None:
    """We insert without it; another version of it would be found out here."""
    assert database
    async with transaction() as current:
        await enqueue(
            [
                JobRequest(name="test_first", arguments={"id": "1"}),
                JobRequest(name="test_second", arguments={"id": "2"}, once_key="2", delay=DELAY),
            ]
        )
        ours = await rows()
        await current.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
    async with transaction() as current:
        await pgqueuer.Queries(pgqueuer.AsyncpgDriver(current.connection)).enqueue(
            ["test_first", "test_second"],
            [b'{"id":"1"}', b'{"id":"2"}'],
            [0, 0],
            [timedelta(0), DELAY],
            [None, "test_second:2"],
            [None, None],
            on_conflict="skip",
        )
        theirs = await rows()
        await current.rollback()  # type: ignore[no-untyped-call]  # Piccolo's

    assert len(ours) == 2
    assert ours == theirs


async def test_a_job_that_waits_already_is_not_enqueued_again(database: str) -> None:
    """By its key, in one request or in several; the transaction goes on."""
    assert database
    wanted = JobRequest(name="test_once", arguments={"id": "1"}, once_key="1")
    async with transaction() as current:
        await enqueue([wanted, wanted])
        await enqueue([wanted, JobRequest(name="test_other", arguments={})])
        assert current_transaction() is current
        assert [row["entrypoint"] for row in await rows()] == ["test_once", "test_other"]
        await current.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
