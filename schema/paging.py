"""Connections: pages of keyset-ordered lists with signed cursors and lazy counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from domain.paging import Count, Page
from schema.context import Context
from schema.cursors import InvalidCursor, Position
from schema.limits import LIMITS
from schema.prices import Cost
from schema.scalars import Cursor

NodeType = TypeVar("NodeType")
Record = TypeVar("Record")
Filters = TypeVar("Filters", bound=Hashable)
Keys: TypeAlias = tuple[str | int | None, ...]

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
    strawberry.argument(description="Size of the page, counted from the end; at most 100."),
]
Before: TypeAlias = Annotated[
    Cursor | None, strawberry.argument(description="Only items before this cursor.")
]


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


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeType]):
    edges: list[Edge[NodeType]] = strawberry.field(description="The page with its cursors.")
    nodes: list[NodeType] = strawberry.field(description="The page without cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    counted: strawberry.Private[Callable[[], Awaitable[Count]]]

    @strawberry.field(
        description="Length of the whole list: exact up to 10,000, an estimate above.",
        directives=[Cost(weight=20)],
    )
    async def total_count(self) -> int | None:
        return (await self.counted()).number

    @strawberry.field(
        description="Whether `totalCount` is an estimate.", directives=[Cost(weight=20)]
    )
    async def total_count_is_estimate(self) -> bool | None:
        return (await self.counted()).is_estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The paging arguments of one field, understood. Part of a loader's key."""

    order: str  # list and order, such as "payouts:requestedAt.desc"
    size: int
    keys: Keys | None
    backward: bool

    @property
    def limit(self) -> int:
        """One row more than asked tells whether the list goes on."""
        return self.size + 1

    def page(self) -> Page:
        """For lists ordered by an instant and the id."""
        if self.keys is None:
            return Page(limit=self.limit, backward=self.backward)
        at, id_ = self.keys
        return Page(
            limit=self.limit,
            at=datetime.fromisoformat(str(at)),
            id=UUID(str(id_)),
            backward=self.backward,
        )

    def number(self) -> int | None:
        """For lists ordered by one unique number."""
        return None if self.keys is None else int(str(self.keys[0]))


def window(  # noqa: PLR0917  # the four arguments of every list, in their usual order
    context: Context,
    order: str,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Window:
    """Sizes were checked before anything ran. Raises `InvalidCursor`."""
    backward = last is not None
    size = (last if backward else first) or LIMITS.page_default
    text, other = (before, after) if backward else (after, before)
    if other is not None:
        raise InvalidCursor  # `first` goes with `after`, `last` with `before`
    keys = None if text is None else context.services.cursors.decode(text, order=order).keys
    return Window(order=order, size=size, keys=keys, backward=backward)


def instant_keys(at: datetime, id_: UUID) -> Keys:
    return (at.isoformat(), str(id_))


def connection(
    context: Context,
    *,
    window: Window,
    records: Sequence[Record],
    keys_of: Callable[[Record], Keys],
    node_of: Callable[[Record], NodeType],
    counted: Callable[[], Awaitable[Count]],
) -> Connection[NodeType]:
    """`records` are in the list's order and at most one more than the page holds."""
    has_more = len(records) > window.size
    if has_more:
        records = records[1:] if window.backward else records[: window.size]
    nodes = [node_of(record) for record in records]
    encode = context.services.cursors.encode
    cursors = [Cursor(encode(Position(window.order, keys_of(record)))) for record in records]
    came_from_elsewhere = window.keys is not None
    page_info = PageInfo(
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
        has_next_page=came_from_elsewhere if window.backward else has_more,
        has_previous_page=has_more if window.backward else came_from_elsewhere,
    )
    edges = [Edge(cursor=at, node=node) for at, node in zip(cursors, nodes, strict=True)]
    return Connection(edges=edges, nodes=nodes, page_info=page_info, counted=counted)


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
