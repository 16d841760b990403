"""A reading: one selection of one type of object, turned into statements and one function.

Given the rows of a level it reads all levels below, one statement each, and makes the objects of
the answer without a Strawberry object in between. `writing.py` writes the function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from graphql import GraphQLSchema
from graphql.execution.values import VariableValues

from domain.columns import Column, Columns
from domain.filters import Condition
from domain.money import Money, amount_text
from domain.paging import Count, Listing, count_rows
from domain.reads import ByKeys, columns_of_pages
from schema.context import Context
from schema.cursors import Position
from schema.execution.plans import FieldPlan
from schema.execution.references import PageOf
from schema.execution.values import wishes
from schema.filters import condition_of
from schema.ids import Tag
from schema.paging import Order, Window, chosen, key_text, window


@dataclass(frozen=True, slots=True)
class Asked:
    """What the arguments of a list say, understood."""

    window: Window
    where: Condition | None
    arguments: tuple[object, ...] = ()  # of the list itself, from $2 on
    counted: Callable[[], Awaitable[Count]] | None = None  # of the list on top


@dataclass(slots=True, kw_only=True)
class PageStatement:
    """A list below the objects of a level."""

    plan: FieldPlan | None  # None: the list on top, whose arguments are understood already
    listing: Listing
    orders: Mapping[Any, Order[Any]]
    selected: Columns
    by_viewer: bool = False
    tells_more: bool = False  # whether anybody asks if the page has a next or previous one
    keys_at: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # for cursors, by order
    fixed: Asked | None = None  # where the document says it all


@dataclass(slots=True)
class Pages:
    """Rows of many pages in a row, without those that only tell whether a page goes on."""

    columns: list[Column]
    cuts: dict[bytes, tuple[int, int, bool]]  # first, one past the last, whether more follow


class Reader:
    """One reading in one operation."""

    __slots__ = ("asked", "asking", "context", "schema", "variables")

    def __init__(self, context: Context, schema: GraphQLSchema, variables: VariableValues) -> None:
        self.context = context
        self.schema = schema
        self.variables = variables
        self.asking = context.asking
        self.asked: dict[int, Asked] = {}

    def understand(self, number: int, statement: PageStatement) -> None:
        """Raises what the resolver would, such as `InvalidCursor`."""
        known = statement.fixed or self._understood(statement)
        if statement.by_viewer:
            known = replace(known, arguments=(self.asking.viewer_id,))
        self.asked[number] = known

    def _understood(self, statement: PageStatement) -> Asked:
        plan = statement.plan
        assert plan is not None
        said = wishes(self.schema, plan, self.variables)
        context = self.context
        order = chosen(statement.orders, said.get("order_by"))
        asked = Asked(
            window(
                context,
                order,
                said.get("first"),
                said.get("after"),
                said.get("last"),
                said.get("before"),
            ),
            condition_of(context.ids, said.get("where")),
        )
        if not plan.variables:
            statement.fixed = asked
        return asked

    async def columns(self, statement: ByKeys, keys: Iterable[bytes | None]) -> list[Column]:
        wanted = set(keys)
        wanted.discard(None)
        return await statement.columns(wanted, asking=self.asking)  # type: ignore[arg-type]  # None is out

    async def pages(self, number: int, statement: PageStatement, parents: Iterable[bytes]) -> Pages:
        asked = self.asked[number]
        parent_ids = list(dict.fromkeys(parents))
        found = await columns_of_pages(
            statement.listing,
            statement.selected,
            parent_ids=parent_ids,
            page=asked.window.page(tells_more=statement.tells_more),
            where=asked.where,
            arguments=asked.arguments,
            asking=self.asking,
        )
        return cut(found, parent_ids, asked.window)

    async def counts(
        self, number: int, statement: PageStatement, parents: Iterable[bytes]
    ) -> Mapping[bytes, Count]:
        asked = self.asked[number]
        if asked.counted is not None:
            return {parent: await asked.counted() for parent in parents}
        found = await count_rows(
            statement.listing,
            parent_ids=[UUID(bytes=each) for each in dict.fromkeys(parents)],
            where=asked.where,
            arguments=asked.arguments,
        )
        return {key.bytes: count for key, count in found.items()}

    async def loaded(self, load: Any, keys: Iterable[bytes]) -> Mapping[bytes, Any]:
        wanted = [UUID(bytes=each) for each in dict.fromkeys(keys)]
        found: Mapping[UUID, Any] = await load(self.context, wanted)
        return {key.bytes: value for key, value in found.items()}

    def cursor(
        self, number: int, statement: PageStatement, columns: Sequence[Column]
    ) -> Callable[[int], str]:
        """Of the row at a place."""
        order = self.asked[number].window.order
        by = order.by or next(iter(statement.listing.orders))
        keys, text = [columns[each] for each in statement.keys_at[by]], order.text
        encode = self.context.services.cursors.encode
        return lambda at: encode(Position(text, tuple(key_text(each[at]) for each in keys)))

    def info(self, number: int) -> tuple[bool, bool, bool]:
        """Whether the page has a beginning, an end, and goes backward."""
        asked = self.asked[number].window
        return asked.after is not None, asked.before is not None, asked.backward

    def seal(self, tag: Tag, keys: Sequence[bytes]) -> list[str]:
        """Ids of one type, all at once."""
        return self.context.ids.encode_all(tag, keys)


def cut(columns: list[Column], parent_ids: Sequence[bytes], at: Window) -> Pages:
    """Rows come parent by parent, at most one more per parent than its page holds."""
    cuts: dict[bytes, tuple[int, int, bool]] = dict.fromkeys(parent_ids, (0, 0, False))
    parents = columns[-1]
    kept: list[int] = []
    start, count = 0, len(parents)
    while start < count:
        parent, stop = parents[start], start + 1
        full = start + at.size
        if full <= count and parents[full - 1] == parent:  # then so are all in between
            stop = full
        while stop < count and parents[stop] == parent:
            stop += 1
        has_more = stop - start > at.size
        page = range(start, stop - has_more)
        cuts[parent] = (len(kept), len(kept) + len(page), has_more)
        kept += page[::-1] if at.backward else page
        start = stop
    if len(kept) < count or at.backward:
        columns = [[column[each] for each in kept] for column in columns]
    return Pages(columns, cuts)


@dataclass(slots=True, kw_only=True)
class Reading:
    """Compiled. `source` is the text of the function, for people."""

    pages: Mapping[int, PageStatement]
    run: Callable[[Reader, Any], Awaitable[Any]]
    source: str

    async def objects(
        self, reader: Reader, keys: Collection[UUID]
    ) -> Mapping[bytes, dict[str, Any]]:
        """By the bytes of the id; what the viewer may not see is not there."""
        self._understand(reader)
        found: Mapping[bytes, dict[str, Any]] = await self.run(reader, [key.bytes for key in keys])
        return found

    async def connection(self, reader: Reader, page: PageOf) -> dict[str, Any]:
        self._understand(reader)
        reader.asked[0] = Asked(page.window, page.where, page.arguments, page.counted)
        found: dict[str, Any] = await self.run(reader, page)
        return found

    def _understand(self, reader: Reader) -> None:
        for number, statement in self.pages.items():
            if statement.plan is not None:
                reader.understand(number, statement)


@lru_cache(maxsize=10_000)
def amount_of(micros: int | None, currency: str) -> str | None:
    return None if micros is None else amount_text(Money(micros, currency))
