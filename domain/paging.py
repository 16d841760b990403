"""Which page of an ordered list is wanted; every list ends its order in the unique id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from domain.database import fetch, fetch_value
from domain.filters import Column, Condition, Parameters, compiled

COUNT_MAX: Final = 10_000
NO_PARENT: Final = UUID(int=0)  # for a list that is nobody's in particular

Keys: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """At most `limit` rows of a list, between two positions of its order.

    The first of them, or, `backward`, the last. Rows always come back in the list's own order.
    """

    limit: int
    after: Keys | None = None  # values of the columns of the order, the unique id last
    before: Keys | None = None
    backward: bool = False
    order: str | None = None  # None: the list's first
    ascending: bool | None = None  # None: as the list goes by itself


@dataclass(frozen=True, slots=True)
class Count:
    number: int
    is_estimate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The lists that parents have of one kind of rows.

    `source` is `from ... where ... = parent.id`, with the arguments of a query from $2 on: who
    may see what stands there, outside of any client's conditions.
    """

    columns: str
    source: str
    orders: Mapping[str, tuple[str, ...]]  # columns that are never null; all go the same way
    filters: Mapping[str, Column] = field(default_factory=dict)
    ascending: bool = False
    row: str = ""  # what the source calls the rows; where `reads.py` has a name for the list


async def read_pages(
    listing: Listing,
    *,
    parent_ids: Sequence[UUID],
    page: Page,
    where: Condition | None = None,
    arguments: Sequence[object] = (),
) -> dict[UUID, list[asyncpg.Record]]:
    """The same page of many parents' lists in one statement."""
    parameters = Parameters([list(parent_ids), *arguments])
    statement = page_statement(
        listing, columns=listing.columns, page=page, where=where, parameters=parameters
    )
    found: dict[UUID, list[asyncpg.Record]] = {parent_id: [] for parent_id in parent_ids}
    for row in await fetch(statement, *parameters.values):
        found[row["parent_id"]].append(row)
    if page.backward:
        return {parent_id: rows[::-1] for parent_id, rows in found.items()}
    return found


def page_statement(
    listing: Listing,
    *,
    columns: str,
    page: Page,
    where: Condition | None,
    parameters: Parameters,
    parents: str = "$1::uuid[]",
    parent_id: str = "parent.id",
) -> str:
    """$1 are the parents. The rows of one parent come together, as they are read from the page's
    end: a page that goes backward comes in the opposite order.

    A lateral join with a limit can only be a loop over the parents, so the order inside is the
    order outside; sorting again would cost more than the page.
    """
    by = listing.orders[page.order or next(iter(listing.orders))]
    is_ascending = listing.ascending if page.ascending is None else page.ascending
    direction = "asc" if is_ascending != page.backward else "desc"
    conditions = []
    if where is not None:
        conditions.append(f"and ({compiled(where, listing.filters, parameters)})")
    for keys, follows in ((page.after, is_ascending), (page.before, not is_ascending)):
        if keys is not None:
            values = ", ".join(parameters.add(key) for key in keys)
            conditions.append(f"and ({', '.join(by)}) {'>' if follows else '<'} ({values})")
    return f"""
        select item.*, {parent_id} as parent_id
        from unnest({parents}) as parent (id)
        cross join lateral (
            select {columns} {listing.source} {" ".join(conditions)}
            order by {", ".join(f"{each} {direction}" for each in by)}
            limit {parameters.add(page.limit)}
        ) item
    """  # noqa: S608  # our own lists; what clients say is bound


async def count_rows(
    listing: Listing,
    *,
    parent_ids: Sequence[UUID],
    where: Condition | None = None,
    arguments: Sequence[object] = (),
) -> dict[UUID, Count]:
    """How long the parents' lists are: exact up to `COUNT_MAX`, the planner's guess above."""
    parameters = Parameters([list(parent_ids), *arguments])
    source = listing.source
    if where is not None:
        source = f"{source} and ({compiled(where, listing.filters, parameters)})"
    sql = f"""
        select parent.id, (select count(*) from (select 1 {source} limit {COUNT_MAX + 1}) counted)
        from unnest($1::uuid[]) as parent (id)
    """  # noqa: S608  # our own sources; what clients say is bound
    found: dict[UUID, Count] = {}
    for parent_id, number in await fetch(sql, *parameters.values):
        found[parent_id] = Count(number, is_estimate=False)
        if number > COUNT_MAX:
            guess = await _guess(source, parent_id, parameters.values[1:])
            found[parent_id] = Count(max(guess, number), is_estimate=True)
    return found


async def _guess(source: str, parent_id: UUID, arguments: Sequence[object]) -> int:
    sql = f"""
        explain (format json) select 1
        from unnest($1::uuid[]) as parent (id) cross join lateral (select 1 {source}) counted
    """  # noqa: S608
    plan = msgspec.json.decode(await fetch_value(sql, [parent_id], *arguments))
    return int(plan[0]["Plan"]["Plan Rows"])
