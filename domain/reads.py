"""The words in which an aggregate says how its rows are read, and the statements made of them.

`domain/<aggregate>/reads.py` declares entities with them. They know neither GraphQL nor who
asks: `{row}` in their SQL is the row in question, `{viewer}` the id of the member who asks, or
null, `{session}` that of the session, `{now}` the instant, `{own_host}` where this deployment is
reached, `{keys}` the ids that are asked for.
They are put in here; nothing a client says is ever part of the text.

Ids and instants cross the wire as bytes and as text: a UUID and a datetime object for each would
cost more than all the rest of a row. Of many rows each column comes as one value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from domain.columns import KEYS, Column, Columns, placed
from domain.database import fetch
from domain.filters import Condition, Parameters
from domain.id_arrays import Ids
from domain.paging import Listing, Page, page_statement

VIEWER: Final = "{viewer}"
PARENT: Final = "parent_id"  # as `page_statement` calls it


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and when."""

    viewer_id: UUID | None
    session_id: UUID | None
    now: datetime
    own_host: str  # of this deployment


# What a text may ask about the one who asks: its type, and where it is found.
_ASKED: Final[Mapping[str, tuple[str, Callable[[Asking], object]]]] = {
    VIEWER: ("uuid", lambda asking: asking.viewer_id),
    "{session}": ("uuid", lambda asking: asking.session_id),
    "{now}": ("timestamptz", lambda asking: asking.now),
    "{own_host}": ("text", lambda asking: asking.own_host),
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of the row itself. `shown`: null to whom the condition leaves out."""

    sql: str
    shown: str | None = None

    @property
    def expression(self) -> str:
        return self.sql if self.shown is None else f"case when {self.shown} then {self.sql} end"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: whole micros and the code of their currency."""

    micros: str
    currency: str = "{row}.currency"


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a pure rule makes of values of the row. It gives what the field holds, enums too; for
    a list of value objects, objects with attributes of the same names.
    """

    rule: Callable[..., Any]
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """The objects of a JSON list on the row; each has text under the names of its fields."""

    sql: str


@dataclass(frozen=True, slots=True)
class Part:
    """A value object made of the same row, perhaps with others it points at; null unless
    `present`.
    """

    fields: Mapping[str, Leaf | Amount | Ruled | Part | One]
    present: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several value objects; `which` gives the name of its type."""

    which: str
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class One:
    """The row of `target` whose `to` is our `key`; null where there is none the viewer may see."""

    target: str
    key: str
    to: str | None = None  # by default the key of the target


@dataclass(frozen=True, slots=True)
class Listed:
    """The first rows of `target` whose `to` is our id; all of them where `most` is not set."""

    target: str
    to: str
    order: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Paged:
    """A page of `listing`, whose parent is our id. Null unless `present`.

    `by_viewer`: the listing asks for the viewer as its $2.
    """

    target: str
    listing: Listing
    by_viewer: bool = False
    present: str | None = None


Field: TypeAlias = Leaf | Amount | Ruled | Items | Part | Choice | One | Listed | Paged


@dataclass(frozen=True, slots=True)
class Kinds:
    """`which` gives the name of a row's type; `fields` are those of each, besides the common."""

    which: str
    fields: Mapping[str, Mapping[str, Field]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Rows as clients may read them. `visible` is about rows that others point at."""

    name: str
    source: str  # `from` and joins, without conditions
    row: str  # what the source calls the rows
    key: str = "{row}.id"
    visible: str = "true"
    fields: Mapping[str, Field] = field(default_factory=dict)
    value: Choice | Amount | None = None  # instead of fields, where a row is no object with an id
    kinds: Kinds | None = None  # where its rows are objects of several types

    def fields_of(self, kind: str) -> Mapping[str, Field]:
        """Of its rows of this type."""
        return self.fields if self.kinds is None else {**self.fields, **self.kinds.fields[kind]}


def columns(*names: str) -> dict[str, Field]:
    """Columns that are called as their fields."""
    return {name: Leaf(f"{{row}}.{name}") for name in names}


def bound(sql: str, *, after: int) -> tuple[str, list[Callable[[Asking], object]]]:
    """The words about the one who asks become parameters, which follow upon so many others."""
    asked = []
    for word, (kind, about) in _ASKED.items():
        if word in sql:
            asked.append(about)
            sql = sql.replace(word, f"${after + len(asked)}::{kind}")
    return sql, asked


class ByKeys:
    """The rows of an entity whose `to` is one of the keys, as far as the viewer may see them.

    With `most`, so many per key. One key has a statement of its own: where PostgreSQL expects more
    keys of a prepared statement than it is given, it plans it anew each time, which takes several
    times as long as to find the row.
    """

    def __init__(
        self,
        entity: Entity,
        selected: Columns,
        *,
        to: str | None = None,
        order: str | None = None,
        most: int | None = None,
    ) -> None:
        row, to = entity.row, to or entity.key
        self._selected = selected
        found = f"select {selected.written(row)} {entity.source} where {to}"
        visible, ordered = f"and ({entity.visible})", "" if order is None else f"order by {order}"
        if most is None:
            text = f"{found} = any({KEYS}) {visible} {ordered}"
            one = f"{found} = ({KEYS})[1] {visible} {ordered}"
        else:
            text = f"""
                select item.* from unnest({KEYS}) as parent (id)
                cross join lateral ({found} = parent.id {visible} {ordered} limit {most}) item
            """  # noqa: S608  # our own model
            one = text
        self._sql, self._asked = bound(placed(text, row), after=1)
        self._one, _ = bound(placed(one, row), after=1)

    async def columns(self, keys: Collection[bytes], *, asking: Asking) -> list[Column]:
        if not keys:
            return [()] * len(self._selected.texts)
        asked = [about(asking) for about in self._asked]
        if len(keys) == 1:
            return self._selected.of_rows(await fetch(self._one, Ids(keys), *asked))
        return await self._selected.read(self._sql, Ids(keys), *asked)


async def columns_of_pages(
    listing: Listing,
    selected: Columns,
    *,
    parent_ids: Collection[bytes],
    page: Page,
    where: Condition | None,
    arguments: Sequence[object],
    asking: Asking,
) -> list[Column]:
    """As `paging.read_pages`, with these columns; the parents' ids are the last one."""
    if not parent_ids:
        return [()] * (len(selected.texts) + 1)
    parameters = Parameters([Ids(parent_ids), *arguments])
    columns, asked = bound(selected.written(listing.row), after=len(parameters.values))
    parameters.values += [about(asking) for about in asked]
    statement = page_statement(
        listing,
        columns=columns,
        page=page,
        where=where,
        parameters=parameters,
        parents=KEYS,
        parent_id="uuid_send(parent.id)",
    )
    return await selected.read(statement, *parameters.values, parent=PARENT)
