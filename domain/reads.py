"""The words in which an aggregate says how its rows are read, and the statements made of them.

`domain/<aggregate>/reads.py` declares entities with them. They know neither GraphQL nor who
asks: `{row}` in their SQL is the row in question, `{viewer}` the id of the member who asks, or
null, `{keys}` the ids that are asked for. They are put in here; nothing a client says is ever part
of the text.

Ids and instants cross the wire as bytes and as text: a UUID and a datetime object for each would
cost more than all the rest of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from domain.database import fetch
from domain.filters import Condition, Parameters
from domain.paging import Listing, Page, page_statement

VIEWER: Final = "{viewer}"
KEYS: Final = "$1::text::uuid[]"
KEY_BYTES: Final = 16
WHOLE_TIMES: Final = (len("09:30:00"), len("09:30:00.500000"))


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
    """What a pure rule makes of values of the row. It gives what the field holds, enums too."""

    rule: Callable[..., Any]
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """The objects of a JSON list on the row; each has text under the names of its fields."""

    sql: str


@dataclass(frozen=True, slots=True)
class Part:
    """A value object made of the same row; null unless `present`."""

    fields: Mapping[str, Leaf | Amount | Ruled]
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
    to: str = "{row}.id"


@dataclass(frozen=True, slots=True)
class Listed:
    """All rows of `target` whose `to` is our id; short lists only. Null unless `present`."""

    target: str
    to: str
    order: str
    present: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Rows as clients may read them. `visible` is about rows that others point at."""

    name: str
    source: str  # `from` and joins, without conditions
    row: str  # what the source calls the rows
    visible: str = "true"
    fields: Mapping[str, Field] = field(default_factory=dict)
    choice: Choice | None = None  # instead of fields, where its rows are of several types


def columns(*names: str) -> dict[str, Field]:
    """Columns that are called as their fields."""
    return {name: Leaf(f"{{row}}.{name}") for name in names}


class Columns:
    """What one statement selects; each expression once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._written: dict[tuple[str, str], str] = {}

    def add(self, sql: str) -> int:
        if sql not in self.texts:
            self.texts.append(sql)
        return self.texts.index(sql)

    def add_key(self, sql: str) -> int:
        """An id, as bytes."""
        return self.add(f"uuid_send({sql})")

    def add_instant(self, sql: str) -> int:
        """As PostgreSQL writes it in UTC; see `instant_text`."""
        return self.add(f"({sql})::text")

    def written(self, row: str, viewer: str) -> str:
        """Kept: nothing is added once a statement is made."""
        if (row, viewer) not in self._written:
            self._written[row, viewer] = ", ".join(
                f"{placed(text, row, viewer)} as c{number}"
                for number, text in enumerate(self.texts)
            )
        return self._written[row, viewer]


def placed(sql: str, row: str, viewer: str) -> str:
    return sql.replace("{row}", row).replace(VIEWER, viewer).replace("{keys}", KEYS)


def keys_text(keys: Collection[bytes]) -> str:
    """One parameter for any number of ids, so that the statement stays the same."""
    return "{" + b"".join(keys).hex(",", KEY_BYTES) + "}"


def instant_text(written: str) -> str:
    """`2026-01-31 09:30:00.5+00` as `isoformat` would have it, and with a Z."""
    time = written[11:-3]
    if len(time) not in WHOLE_TIMES:  # PostgreSQL leaves out the zeros at the end
        time = time.ljust(max(WHOLE_TIMES), "0")
    return f"{written[:10]}T{time}Z"


class ByKeys:
    """The rows of an entity whose `to` is one of the keys, as far as the viewer may see them."""

    def __init__(
        self, entity: Entity, selected: Columns, *, to: str = "{row}.id", order: str | None = None
    ) -> None:
        row, viewer = entity.row, "$2::uuid"
        text = f"""
            select {selected.written(row, viewer)} {placed(entity.source, row, viewer)}
            where {placed(to, row, viewer)} = any({KEYS})
              and ({placed(entity.visible, row, viewer)})
        """  # our own model
        if order is not None:
            text += f"order by {placed(order, row, viewer)}"
        self._sql = text
        self._asks_viewer = "$2::uuid" in text

    async def rows(
        self, keys: Collection[bytes], *, viewer_id: UUID | None
    ) -> Sequence[asyncpg.Record]:
        if not keys:
            return []
        if self._asks_viewer:
            return await fetch(self._sql, keys_text(keys), viewer_id)
        return await fetch(self._sql, keys_text(keys))


async def rows_of_pages(
    listing: Listing,
    selected: Columns,
    *,
    parent_ids: Collection[bytes],
    page: Page,
    where: Condition | None,
    arguments: Sequence[object],
    viewer_id: UUID | None,
) -> Sequence[asyncpg.Record]:
    """As `paging.read_pages`, with these columns; the parent's id is the last one."""
    if not parent_ids:
        return []
    parameters = Parameters([keys_text(parent_ids), *arguments])
    viewer = "null"
    if any(VIEWER in text for text in selected.texts):
        viewer = f"{parameters.add(viewer_id)}::uuid"
    statement = page_statement(
        listing,
        columns=selected.written(listing.row, viewer),
        page=page,
        where=where,
        parameters=parameters,
        parents=KEYS,
        parent_id="uuid_send(parent.id)",
    )
    return await fetch(statement, *parameters.values)
