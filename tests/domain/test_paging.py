"""Lists against a model: what fits a condition, and pages that meet without gap or repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.filters import (
    EVERYTHING,
    INTEGER_MAX,
    NOTHING,
    Column,
    Comparison,
    Condition,
    Every,
    Kind,
    Not,
    Operator,
    Some,
    among,
)
from domain.paging import Listing, Page, count_rows, read_pages
from tests.make.conditions import fits

pytestmark = pytest.mark.asyncio

PARENTS = (UUID(int=1), UUID(int=2))
START = datetime(2026, 3, 29, tzinfo=UTC)
LETTERS = "aAb%_\\."
ROWS = Listing(  # its rows are arguments: no table has every kind of value and of null
    columns="listed.id, listed.rank, listed.text, listed.at",
    source="""
        from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::timestamptz[])
            as listed (id, owner_id, rank, text, at)
        where listed.owner_id = parent.id
    """,
    orders={"rank": ("listed.rank", "listed.id"), "id": ("listed.id",)},
    filters={
        "id": Column("listed.id", Kind.ID),
        "rank": Column("listed.rank", Kind.INTEGER),
        "text": Column("listed.text"),
        "at": Column("listed.at", Kind.INSTANT),
    },
)
SIZE = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Row:
    id: UUID
    owner_id: UUID
    rank: int
    text: str | None
    at: datetime | None


TEXTS = st.text(LETTERS, max_size=3)
MOMENTS = st.integers(0, 3).map(lambda days: START + timedelta(days=days))
RANKS = st.integers(0, 3)
IDS = st.integers(0, 12).map(lambda number: UUID(int=number))
VALUES: dict[str, st.SearchStrategy[Any]] = {"id": IDS, "rank": RANKS, "text": TEXTS, "at": MOMENTS}


@st.composite
def row_lists(draw: st.DrawFn) -> list[Row]:
    count = draw(st.integers(0, 12))
    return [
        Row(
            id=UUID(int=number),
            owner_id=draw(st.sampled_from(PARENTS)),
            rank=draw(RANKS),
            text=draw(st.none() | TEXTS),
            at=draw(st.none() | MOMENTS),
        )
        for number in draw(st.permutations(range(count)))
    ]


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    column = draw(st.sampled_from(sorted(VALUES)))
    operators = [Operator.EQ, Operator.IN, Operator.IS_NULL]
    of_texts = [Operator.CONTAINS, Operator.WITHIN]
    operators += of_texts if column == "text" else [Operator.FROM, Operator.BELOW]
    operator, values = draw(st.sampled_from(operators)), VALUES[column]
    match operator:
        case Operator.IN:
            return Comparison(column, operator, tuple(draw(st.lists(values, max_size=3))))
        case Operator.IS_NULL:
            return Comparison(column, operator, draw(st.booleans()))
        case _:
            return Comparison(column, operator, draw(values))


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: Every(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Some(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)


def arguments(rows: Sequence[Row]) -> list[object]:
    names = ("id", "owner_id", "rank", "text", "at")
    return [[getattr(row, name) for row in rows] for name in names]


async def ids(rows: Sequence[Row], owner: UUID, page: Page, where: Condition | None) -> list[UUID]:
    found = await read_pages(
        ROWS, parent_ids=PARENTS, page=page, where=where, arguments=arguments(rows)
    )
    return [row["id"] for row in found[owner]]


def expected(rows: Sequence[Row], owner: UUID, where: Condition, page: Page) -> list[Row]:
    mine = [row for row in rows if row.owner_id == owner and fits(where, row)]
    return sorted(mine, key=lambda row: keys(row, page), reverse=not page.ascending)


def keys(row: Row, page: Page) -> tuple[object, ...]:
    return (row.rank, row.id) if page.order == "rank" else (row.id,)


PAGES = st.builds(
    Page,
    limit=st.integers(1, 5),
    backward=st.booleans(),
    order=st.sampled_from(sorted(ROWS.orders)),
    ascending=st.booleans(),
)


@SIZE
@given(rows=row_lists(), where=CONDITIONS, owner=st.sampled_from(PARENTS))
async def test_the_database_keeps_what_fits_and_counts_it(
    database: str, rows: list[Row], where: Condition, owner: UUID
) -> None:
    """Nulls, empty branches, signs that mean something to LIKE: two readings of one condition."""
    assert database
    page = Page(limit=100, order="id", ascending=True)
    wanted = [row.id for row in expected(rows, owner, where, page)]

    counts = await count_rows(ROWS, parent_ids=PARENTS, where=where, arguments=arguments(rows))

    assert await ids(rows, owner, page, where) == wanted
    assert counts[owner].number == len(wanted)


@SIZE
@given(rows=row_lists(), where=CONDITIONS, page=PAGES, owner=st.sampled_from(PARENTS))
async def test_pages_of_any_size_meet(
    database: str, rows: list[Row], where: Condition, page: Page, owner: UUID
) -> None:
    """Every row once and in order, whichever way one walks; ranks repeat, so ids decide."""
    assert database
    wanted = expected(rows, owner, where, page)
    by_id = {row.id: row for row in rows}
    seen: list[UUID] = []
    at = page
    while part := await ids(rows, owner, at, where):
        assert len(part) <= page.limit
        seen = part + seen if page.backward else seen + part
        end = keys(by_id[part[0] if page.backward else part[-1]], page)
        bound = {"before": end} if page.backward else {"after": end}
        at = Page(
            limit=page.limit,
            backward=page.backward,
            order=page.order,
            ascending=page.ascending,
            **bound,
        )

    assert seen == [row.id for row in wanted]


@SIZE
@given(rows=row_lists(), page=PAGES, data=st.data())
async def test_a_page_between_two_positions(
    database: str, rows: list[Row], page: Page, data: st.DataObject
) -> None:
    """`first` with `before`, and `last` with `after`: as Relay cuts its edges."""
    assert database
    whole = expected(rows, PARENTS[0], EVERYTHING, page)
    ends = st.none() | st.sampled_from(whole) if whole else st.none()
    after, before = data.draw(ends), data.draw(ends)
    start = 0 if after is None else whole.index(after) + 1
    stop = len(whole) if before is None else whole.index(before)
    window = whole[start:stop]
    wanted = window[-page.limit :] if page.backward else window[: page.limit]

    at = Page(
        limit=page.limit,
        after=None if after is None else keys(after, page),
        before=None if before is None else keys(before, page),
        backward=page.backward,
        order=page.order,
        ascending=page.ascending,
    )

    assert await ids(rows, PARENTS[0], at, None) == [row.id for row in wanted]


@pytest.mark.parametrize(
    ("where", "is_kept"),
    [
        (Comparison("text", Operator.EQ, "\0"), False),
        (Comparison("text", Operator.CONTAINS, "\ud800"), False),
        (among("text", ["\0", "a"]), True),
        (Comparison("rank", Operator.EQ, 10**30), False),
        (Comparison("rank", Operator.FROM, -(10**30)), True),
        (Comparison("rank", Operator.BELOW, 10**30), True),
        (Comparison("rank", Operator.IN, (INTEGER_MAX + 1, 1)), True),
        (EVERYTHING, True),
        (NOTHING, False),
        (Not(NOTHING), True),
    ],
)
async def test_what_the_database_cannot_hold_is_no_error(
    database: str,
    where: Condition,
    is_kept: bool,  # noqa: FBT001  # pytest passes it by name
) -> None:
    """It is a client's text or number: it fits nothing, and does not fail."""
    assert database
    row = Row(UUID(int=7), PARENTS[0], 1, "a", None)

    found = await ids([row], PARENTS[0], Page(limit=5), where)

    assert found == ([row.id] if is_kept else [])
