"""Which page of an ordered list is wanted; every list ends its order in the unique id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from domain.database import fetch, fetch_value

COUNT_MAX: Final = 10_000
NO_PARENT: Final = UUID(int=0)  # for a list that is nobody's in particular


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`limit` rows after the row with this instant and id, or, `backward`, before it.

    Rows always come back in the list's own order.
    """

    limit: int
    at: datetime | None = None
    id: UUID | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    number: int
    is_estimate: bool


async def fetch_pages(
    *,
    select: str,
    order: tuple[str, str],
    parent_ids: Sequence[UUID],
    page: Page,
    arguments: Sequence[object] = (),
) -> dict[UUID, list[asyncpg.Record]]:
    """The same page of many parents' lists in one statement, newest first.

    `select` reads the rows of one parent: it compares with `parent.id`, ends inside its where
    clause, and finds `arguments` from $2 on. `order` names the instant and the unique id.
    """
    at, id_ = order
    compare, direction = (">", "asc") if page.backward else ("<", "desc")
    first = len(arguments) + 2
    sql = f"""
        select parent.id as parent_id, item.*
        from unnest($1::uuid[]) as parent (id)
        cross join lateral (
            select row_number() over () as page_place, listed.* from (
                {select}
                  and (${first}::timestamptz is null
                       or ({at}, {id_}) {compare} (${first}, ${first + 1}::uuid))
                order by {at} {direction}, {id_} {direction} limit ${first + 2}
            ) listed
        ) item
        order by parent.id, item.page_place
    """  # noqa: S608  # our own lists
    found: dict[UUID, list[asyncpg.Record]] = {parent_id: [] for parent_id in parent_ids}
    for row in await fetch(sql, list(parent_ids), *arguments, page.at, page.id, page.limit):
        found[row["parent_id"]].append(row)
    if page.backward:
        return {parent_id: rows[::-1] for parent_id, rows in found.items()}
    return found


async def fetch_counts(
    *, source: str, parent_ids: Sequence[UUID], arguments: Sequence[object] = ()
) -> dict[UUID, Count]:
    """How long the parents' lists are: exact up to `COUNT_MAX`, the planner's guess above.

    `source` is `from ... where ... = parent.id`, with `arguments` from $2 on.
    """
    sql = f"""
        select parent.id, (select count(*) from (select 1 {source} limit {COUNT_MAX + 1}) counted)
        from unnest($1::uuid[]) as parent (id)
    """  # noqa: S608  # our own sources
    found: dict[UUID, Count] = {}
    for parent_id, number in await fetch(sql, list(parent_ids), *arguments):
        found[parent_id] = Count(number, is_estimate=False)
        if number > COUNT_MAX:
            guess = await _guess(source, parent_id, arguments)
            found[parent_id] = Count(max(guess, number), is_estimate=True)
    return found


async def _guess(source: str, parent_id: UUID, arguments: Sequence[object]) -> int:
    sql = f"""
        explain (format json) select 1
        from unnest($1::uuid[]) as parent (id) cross join lateral (select 1 {source}) counted
    """  # noqa: S608
    plan = msgspec.json.decode(await fetch_value(sql, [parent_id], *arguments))
    return int(plan[0]["Plan"]["Plan Rows"])
