"""The cost budget's buckets: shares taken, brought back, forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.access.operations.limits import text_digest
from domain.database import execute, fetch, in_transaction, one_transaction, repeated

BUCKET_KEPT: Final = timedelta(days=1)  # by then every bucket of ours is full again
PURGE_ROWS_MAX: Final = 5_000


# One row after the other, as they stand in the arrays.
_LEASE: Final = """
    select asked.key, share.granted, share.remaining
    from unnest($1::text[], $2::int[], $3::int[]) as asked (key, least, wanted)
    cross join lateral rate_lease(asked.key, $4, $5, asked.least, asked.wanted) share
"""
_RETURN: Final = """
    select rate_return(given.key, $3, given.points)
    from unnest($1::text[], $2::int[]) as given (key, points)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a process would like to have of one actor's bucket."""

    actor: str
    least: int
    wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    granted: int  # 0 when the bucket holds less than the least asked for
    remaining: float  # what the bucket holds afterwards


@repeated
async def lease_points(*, wishes: Sequence[Wish], capacity: int, per_second: float) -> list[Share]:
    """Of each actor's bucket at least the least and at most what is wanted, or none. Commits.

    No actor is there twice. Buckets are locked in the order of their keys, by everybody.
    """
    assert not in_transaction()
    by_key = {_bucket(each.actor): each for each in wishes}
    keys = sorted(by_key)
    rows = await fetch(
        _LEASE,
        keys,
        [by_key[key].least for key in keys],
        [by_key[key].wanted for key in keys],
        capacity,
        per_second,
    )
    shares = {
        by_key[row["key"]].actor: Share(granted=row["granted"], remaining=row["remaining"])
        for row in rows
    }
    return [shares[each.actor] for each in wishes]


@repeated
async def return_points(*, points: Mapping[str, int], capacity: int) -> None:
    """What a process leased and did not spend, by actor. Commits at once."""
    assert not in_transaction()
    by_key = {_bucket(actor): unspent for actor, unspent in points.items()}
    keys = sorted(by_key)
    await fetch(_RETURN, keys, [by_key[key] for key in keys], capacity)


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
