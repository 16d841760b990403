"""The cost budget's buckets: shares taken, brought back, forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.access.operations.limits import text_digest
from domain.database import execute, fetch_row, fetch_value, in_transaction, one_transaction

BUCKET_KEPT: Final = timedelta(days=1)  # by then every bucket of ours is full again
PURGE_ROWS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    granted: int  # 0 when the bucket holds less than the least asked for
    remaining: float  # what the bucket holds afterwards


async def lease_points(
    *, actor: str, capacity: int, per_second: float, least: int, wanted: int
) -> Share:
    """At least `least` points of the actor's bucket and at most `wanted`, or none. Commits."""
    assert not in_transaction()
    row = await fetch_row(
        "select granted, remaining from rate_lease($1, $2, $3, $4, $5)",
        _bucket(actor),
        capacity,
        per_second,
        least,
        wanted,
    )
    assert row is not None
    return Share(granted=row["granted"], remaining=row["remaining"])


async def return_points(*, actor: str, capacity: int, points: int) -> None:
    """What a process leased and did not spend. Commits at once."""
    assert not in_transaction()
    await fetch_value("select rate_return($1, $2, $3)", _bucket(actor), capacity, points)


@one_transaction
async def purge_buckets(*, now: datetime) -> int:
    """Of all limits, those nobody touched for a day: a full bucket is as good as none."""
    return await execute(
        "delete from rate_bucket where key in"
        " (select key from rate_bucket where refilled_at < $1 limit $2)",
        now - BUCKET_KEPT,
        PURGE_ROWS_MAX,
    )


def _bucket(actor: str) -> str:
    return f"graphql:{text_digest(actor)}"
