"""A provider has news of batches that nobody asked for: they are looked up now, once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, fetch_value, in_transaction
from domain.jobs import JobRequest, enqueue

NEWS_GAP: Final = timedelta(seconds=30)  # between look-ups, however much news there is

_LOCK: Final = """
    select b.id, b.state, b.look_up_count, b.send_count,
           (select max(c.started_at) from provider_call c
            where c.subject_id = b.id and c.kind = 'look_up') as asked_at
    from payout_batch b where b.id = any($1) and b.first_sent_at is not null
    order by b.id for update
"""
# What was closed is opened again for this one look-up; then it closes by itself.
_HEARD: Final = """
    update payout_batch
    set heard_at = $2, missing_count = 0, missing_since = null,
        state = case when state = 'closed' then 'sent' else state end,
        due_at = coalesce(due_at, $2)
    where id = any($1)
"""
_HEARD_AT: Final = "select heard_at from payout_batch where id = $1"


async def hear_of_batches(*, batch_ids: Sequence[UUID], now: datetime) -> int:
    """Inside the caller's transaction. How many will be looked up.

    However many items the news is about, a batch is looked up once; what comes while it is
    being looked up is answered by one more.
    """
    assert in_transaction()
    rows = await fetch(_LOCK, list(batch_ids))
    if not rows:
        return 0
    await execute(_HEARD, [row["id"] for row in rows], now)
    await enqueue([_job(row, now) for row in rows])
    return len(rows)


async def heard_at(batch_id: UUID) -> datetime | None:
    """Not null: the provider has spoken of it, so it does not lack it."""
    found = await fetch_value(_HEARD_AT, batch_id)
    assert found is None or isinstance(found, datetime)
    return found


async def look_up_again(*, batch_id: UUID, heard_before: datetime | None, now: datetime) -> None:
    """When more was heard since the question left: its answer may be older than the news."""
    assert in_transaction()
    if await heard_at(batch_id) == heard_before:
        return
    rows = await fetch(_LOCK, [batch_id])
    if rows:
        await enqueue([_job(row, now) for row in rows])


def retry_job(instance_id: str) -> JobRequest:
    """The inbox is above us: what it could not match before, this send may explain."""
    return JobRequest(
        name="provider_event_retry",
        arguments={"instance_id": instance_id},
        once_key=instance_id,
    )


def _job(row: Mapping[str, Any], now: datetime) -> JobRequest:
    asked_at: datetime | None = row["asked_at"]
    delay = timedelta(0)
    if asked_at is not None:
        delay = max(delay, asked_at + NEWS_GAP - now)
    count = f"{row['send_count']}:{row['look_up_count']}"
    return JobRequest(
        name="payout_look_up",
        arguments={"batch_id": str(row["id"])},
        once_key=f"{row['id']}:{count}:heard",
        delay=delay,
    )
