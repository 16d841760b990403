"""Connections: pages of keyset-ordered lists with signed cursors and lazy counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.filters import Condition
from domain.paging import Count, Listing, Page
from schema.context import Context
from schema.cursors import CursorCodec, Position
from schema.enums import show_enum
from schema.execution.references import PageOf
from schema.limits import LIMITS
from schema.prices import Cost
from schema.scalars import Cursor

NodeType = TypeVar("NodeType")
Record = TypeVar("Record")
Filters = TypeVar("Filters", bound=Hashable)

First: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description="Size of the page, counted from the start; 20 when neither size is given, "
        "at most 100."
    ),
]
After: TypeAlias = Annotated[
    Cursor | None, strawberry.argument(description="Only items after this cursor.")
]
Last: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description="Size of the page, counted from the end; at most 100. Not with `first`."
    ),
]
Before: TypeAlias = Annotated[
    Cursor | None, strawberry.argument(description="Only items before this cursor.")
]


class OrderDirection(StrEnum):
    ASC = "asc"
    DESC = "desc"


show_enum(
    OrderDirection,
    description="Which way a list is ordered.",
    values={OrderDirection.ASC: "Smallest first.", OrderDirection.DESC: "Largest first."},
)


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    start_cursor: Cursor | None = strawberry.field(description="Cursor of the first item.")
    end_cursor: Cursor | None = strawberry.field(description="Cursor of the last item.")
    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items precede this page.")


@strawberry.type(description="An item and its place in the list.")
class Edge(Generic[NodeType]):
    cursor: Cursor = strawberry.field(description="Cursor of this item.")
    node: NodeType = strawberry.field(description="The item.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What a page was cut from. Cursors are signed when somebody asks for them."""

    order: Order[Any]
    records: Sequence[Any]
    cursors: CursorCodec
    has_next: bool
    has_previous: bool

    def cursor(self, index: int) -> Cursor:
        keys = tuple(map(key_text, self.order.keys_of(self.records[index])))
        return Cursor(self.cursors.encode(Position(self.order.text, keys)))


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeType]):
    nodes: list[NodeType] = strawberry.field(description="The page without cursors.")
    cut: strawberry.Private[Cut]
    counted: strawberry.Private[Callable[[], Awaitable[Count]]]

    @strawberry.field(description="The page with its cursors.")
    def edges(self) -> list[Edge[NodeType]]:
        return [
            Edge(cursor=self.cut.cursor(index), node=node) for index, node in enumerate(self.nodes)
        ]

    @strawberry.field(description="Where the page lies in the list.")
    def page_info(self) -> PageInfo:
        last = len(self.nodes) - 1
        return PageInfo(
            start_cursor=self.cut.cursor(0) if self.nodes else None,
            end_cursor=self.cut.cursor(last) if self.nodes else None,
            has_next_page=self.cut.has_next,
            has_previous_page=self.cut.has_previous,
        )

    @strawberry.field(
        description="Length of the whole list that fits `where`: exact up to 10,000, an estimate "
        "above.",
        directives=[Cost(weight=20)],
    )
    async def total_count(self) -> int | None:
        return (await self.counted()).number

    @strawberry.field(
        description="Whether `totalCount` is an estimate.", directives=[Cost(weight=20)]
    )
    async def total_count_is_estimate(self) -> bool | None:
        return (await self.counted()).is_estimate


@dataclass(frozen=True, kw_only=True)  # with slots, Python 3.11 cannot make an `Order[X](...)`
class Order(Generic[Record]):
    """How a list is ordered: what cursors call it and hold, and what the domain calls it."""

    name: str  # of list and order, such as "payouts:requestedAt"
    keys_of: Callable[[Record], tuple[Any, ...]]  # the unique id last
    kinds: tuple[type, ...] = (datetime, UUID)  # of the keys
    by: str | None = None  # None: the domain's first
    ascending: bool = False

    @property
    def text(self) -> str:
        return f"{self.name}.{'asc' if self.ascending else 'desc'}"

    def read(self, keys: Sequence[object]) -> tuple[object, ...]:
        """A cursor's keys, as the database wants them."""
        return tuple(_READERS[kind](key) for kind, key in zip(self.kinds, keys, strict=True))


_READERS: Final[Mapping[type, Callable[[Any], object]]] = {
    datetime: datetime.fromisoformat,
    UUID: UUID,
    int: int,
    str: str,
}


def chosen(orders: Mapping[Any, Order[Record]], order_by: Sequence[Any] | None) -> Order[Record]:
    """The first of `orders` when the client has no wish."""
    if not order_by:
        return next(iter(orders.values()))
    if len(order_by) > 1:
        message = "`orderBy` takes one entry here."
        raise GraphQLError(message, extensions={"code": "INVALID_ARGUMENT"})
    (wish,) = order_by
    return replace(orders[wish.field], ascending=wish.direction is OrderDirection.ASC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The paging arguments of one field, understood. Part of a loader's key."""

    order: Order[Any]
    size: int
    after: tuple[object, ...] | None
    before: tuple[object, ...] | None
    backward: bool

    def page(self, *, tells_more: bool = True) -> Page:
        """One row more than asked tells whether the list goes on."""
        return Page(
            limit=self.size + tells_more,
            after=self.after,
            before=self.before,
            backward=self.backward,
            order=self.order.by,
            ascending=self.order.ascending,
        )


def window(  # noqa: PLR0917  # the four arguments of every list, in their usual order
    context: Context,
    order: Order[Any],
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Window:
    """Sizes were checked before anything ran. Raises `InvalidCursor`."""

    def position(cursor: str | None) -> tuple[object, ...] | None:
        if cursor is None:
            return None
        return order.read(context.services.cursors.decode(cursor, order=order.text).keys)

    return Window(
        order=order,
        size=(first if last is None else last) or LIMITS.page_default,
        after=position(after),
        before=position(before),
        backward=last is not None,
    )


def connection(
    context: Context,
    *,
    window: Window,
    records: Sequence[Record],
    node_of: Callable[[Record], NodeType],
    counted: Callable[[], Awaitable[Count]],
) -> Connection[NodeType]:
    """`records` are in the list's order and at most one more than the page holds."""
    has_more = len(records) > window.size
    if has_more:
        records = records[1:] if window.backward else records[: window.size]
    cut = Cut(
        order=window.order,
        records=records,
        cursors=context.services.cursors,
        has_next=window.before is not None or (has_more and not window.backward),
        has_previous=window.after is not None or (has_more and window.backward),
    )
    return Connection(nodes=[node_of(record) for record in records], cut=cut, counted=counted)


def key_text(key: object) -> str | int:
    """How a cursor holds a key."""
    match key:
        case datetime():
            return key.isoformat()
        case int() | str():
            return key
        case _:
            return str(key)


async def page_of(
    context: Context,
    *,
    target: str,
    listing: Listing,
    window: Window,
    where: Condition | None,
    parent_id: UUID,
    records: Callable[[], Awaitable[Sequence[Record] | None]],
    node_of: Callable[[Record], Any],
    counted: Callable[[], Awaitable[Count]],
    arguments: tuple[object, ...] = (),
) -> Any:
    """A page that a compiled reading may read from `listing`; else of `records`.

    Both are the same list: `target` names the entity of its rows, `arguments` are the list's
    from $2 on.
    """

    async def made() -> Any:
        return connection(
            context, window=window, records=await records() or [], node_of=node_of, counted=counted
        )

    if context.batches is None:
        return await made()
    return PageOf(
        target=target,
        listing=listing,
        parent_id=parent_id,
        arguments=arguments,
        window=window,
        where=where,
        made=made,
        counted=counted,
    )


async def load_pages(
    keys: Sequence[tuple[UUID, Window, Filters]],
    fetch: Callable[[list[UUID], Window, Filters], Awaitable[Mapping[UUID, list[Record]]]],
) -> dict[tuple[UUID, Window, Filters], list[Record]]:
    """For loaders of nested lists: one statement for all parents that ask for the same page."""
    parents: dict[tuple[Window, Filters], list[UUID]] = {}
    for parent_id, window, filters in keys:
        parents.setdefault((window, filters), []).append(parent_id)
    found: dict[tuple[UUID, Window, Filters], list[Record]] = {}
    for (window, filters), parent_ids in parents.items():
        pages = await fetch(parent_ids, window, filters)
        found |= {(parent_id, window, filters): rows for parent_id, rows in pages.items()}
    return found


CountOf: TypeAlias = Callable[..., Awaitable[Mapping[UUID, Count]]]
CountKey: TypeAlias = tuple[CountOf, UUID, tuple[tuple[str, Hashable], ...]]


def counter(
    context: Context, count: CountOf, parent_id: UUID, **options: Hashable
) -> Callable[[], Awaitable[Count]]:
    """Counts a list when somebody asks, together with all that are counted in the same way."""

    async def counted() -> Count:
        found = await context.load(load_counts, (count, parent_id, tuple(options.items())))
        assert found is not None  # every parent has a count
        return found

    return counted


async def load_counts(_: Context, keys: Sequence[CountKey]) -> Mapping[CountKey, Count]:
    parents: dict[tuple[CountOf, tuple[tuple[str, Hashable], ...]], list[UUID]] = {}
    for count, parent_id, options in keys:
        parents.setdefault((count, options), []).append(parent_id)
    found: dict[CountKey, Count] = {}
    for (count, options), parent_ids in parents.items():
        counts = await count(parent_ids=parent_ids, **dict(options))
        found |= {(count, parent_id, options): each for parent_id, each in counts.items()}
    return found
