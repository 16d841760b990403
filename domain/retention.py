"""Rows that end by themselves: each aggregate says which; `domain.privacy` decides how long they
are kept, and lets them go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.database import execute, fetch, fetch_value, in_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Some rows of a table. The texts are our own SQL over a row `t`, in which `$1` is now.

    `owner` is the member whom the row is about: a hold on them keeps it.
    """

    table: str
    ended_at: str  # an index serves it
    owner: str
    is_over: str = "true"
    key: tuple[str, ...] = ("id",)

    @property
    def is_due(self) -> str:
        """`$2` are the days that such rows are kept."""
        return f"{self.ended_at} <= $1::timestamptz - make_interval(days => $2) and {self.is_over}"


async def delete_ended(
    rows: Ended, *, kept_days: int, held: Sequence[UUID], limit: int, now: datetime
) -> int:
    """The oldest that are due, but those of the members in `held`; how many. Two at once share
    the work.
    """
    assert in_transaction()
    keys = ", ".join(f"t.{each}" for each in rows.key)
    sql = f"""
        delete from {rows.table} where ({", ".join(rows.key)}) in (
            select {keys} from {rows.table} t
            where {rows.is_due} and ({rows.owner} = any($3)) is not true
            order by {rows.ended_at} limit $4 for update of t skip locked)
    """  # noqa: S608  # our own names
    return await execute(sql, now, kept_days, list(held), limit)


async def count_held(
    rows: Ended, *, kept_days: int, held: Sequence[UUID], now: datetime
) -> dict[UUID, int]:
    """Of each of these members, how many rows are due; without those who have none."""
    sql = f"""
        select {rows.owner} as member_id, count(*) as row_count from {rows.table} t
        where {rows.is_due} and {rows.owner} = any($3) group by 1
    """  # noqa: S608  # our own names
    found = await fetch(sql, now, kept_days, list(held))
    return {row["member_id"]: row["row_count"] for row in found}


async def count_overdue(
    rows: Ended, *, kept_days: int, held: Sequence[UUID], most: int, now: datetime
) -> int:
    """How many should be gone and are not, up to `most`; without those of the members in `held`."""
    sql = f"""
        select count(*) from (
            select from {rows.table} t
            where {rows.is_due} and ({rows.owner} = any($3)) is not true limit $4) due
    """  # noqa: S608  # our own names
    count: int = await fetch_value(sql, now, kept_days, list(held), most)
    return count
