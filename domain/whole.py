"""A page of rows and all that lies below them, written as JSON by PostgreSQL in one statement.

Each level is a common table expression, which asks for its rows by the ids of the level above, as
a statement of its own would. A row writes itself in segments; afterwards the texts of the levels
below are put in between. So every table is read once, and no row is looked up by itself.

What PostgreSQL cannot write stands between two control characters, which no JSON text holds: the
id of a row, amounts, instants. `schema.execution.whole` puts them right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from domain.columns import KEYS, placed
from domain.database import fetch_value
from domain.filters import Condition, Parameters
from domain.id_arrays import Ids
from domain.paging import Listing, Page, page_statement
from domain.reads import Asking, Entity, bound

AMOUNT: Final = "\x01"  # around micros and currency
INSTANT: Final = "\x02"
MARKS: Final = "".join(map(chr, range(3, 32)))  # one per level, around the id of each row

Arguments: TypeAlias = Sequence[object]


@dataclass(slots=True)
class TextLevel:
    """Rows of one entity, and what they write of themselves."""

    number: int
    entity: Entity
    row: str  # what the source calls them
    columns: dict[str, str] = field(default_factory=dict)  # what joins need, by name
    below: list[Below] = field(default_factory=list)  # one after each segment but the last
    _segments: list[list[str]] = field(default_factory=lambda: [[]])
    _text: str = ""  # that waits for more of it

    @property
    def mark(self) -> str:
        return MARKS[self.number]

    def write(self, text: str) -> None:
        """As it is."""
        self._text += text

    def value(self, sql: str) -> None:
        """A text that is never null: a row whose text is null would be lost."""
        self._end_text()
        self._segments[-1].append(f"({sql})")

    def put(self, below: Below) -> None:
        self._end_text()
        self.below.append(below)
        self._segments.append([])

    def column(self, sql: str) -> str:
        """Its name."""
        for name, known in self.columns.items():
            if known == sql:
                return name
        name = f"k{len(self.columns)}"
        self.columns[name] = sql
        return name

    def _end_text(self) -> None:
        if self._text:
            self._segments[-1].append(quoted(self._text))
            self._text = ""

    def selected(self) -> str:
        self._end_text()
        segments = {
            f"s{number}": " || ".join(each) or "''" for number, each in enumerate(self._segments)
        }
        columns = {"k": self.entity.key, **self.columns, **segments}
        return ", ".join(f"{placed(sql, self.row)} as {name}" for name, sql in columns.items())


@dataclass(frozen=True, slots=True)
class OneBelow:
    """The row whose id is in our `column`, or null."""

    level: TextLevel
    column: str


@dataclass(frozen=True, slots=True)
class ListBelow:
    """Those whose `to` is our id."""

    level: TextLevel
    to: str
    order: str
    most: int | None


@dataclass(frozen=True, slots=True)
class PageBelow:
    """A page between `opening` and `closing`; null unless our column `present`."""

    level: TextLevel
    listing: Listing
    opening: str
    closing: str
    present: str | None


Below: TypeAlias = OneBelow | ListBelow | PageBelow


@dataclass(frozen=True, slots=True)
class AskedPage:
    """What a client wants of a list, understood."""

    page: Page
    where: Condition | None


async def text_of_page(
    top: TextLevel,
    listing: Listing,
    *,
    parent_id: bytes,
    arguments: Arguments,
    pages: Mapping[int, AskedPage],
    asking: Asking,
) -> str:
    """The rows of a page with commas between them. `pages` are those of all lists, by level.

    The lists below take the same arguments as the one on top, from $2 on.
    """
    statement = Statement([Ids([parent_id]), *arguments], pages=pages, asking=asking)
    sql = statement.of(top, listing)
    text: str | None = await fetch_value(sql, *statement.parameters.values)
    return text or ""


class Statement:
    """While it is put together."""

    def __init__(
        self, values: Sequence[object], *, pages: Mapping[int, AskedPage], asking: Asking
    ) -> None:
        self.parameters = Parameters(values)
        self._pages = pages
        self._asking = asking
        self._tables: list[str] = []
        self._leaves: dict[int, str] = {}

    def of(self, top: TextLevel, listing: Listing) -> str:
        self._add_rows(top, self._page(top, listing, keys=KEYS))
        self._add_below(top)
        tables = f"with {', '.join(self._tables)}" if self._tables else ""
        return f"{tables} select t from ({self._lists(top)}) top"  # noqa: S608  # our own model

    def _add_below(self, level: TextLevel) -> None:
        for below in level.below:
            self._add_rows(below.level, self._rows(level, below))
            self._add_below(below.level)

    def _add_rows(self, level: TextLevel, rows: str) -> None:
        """Numbered where others are joined to them: a join keeps no order."""
        if not level.below:
            self._leaves[level.number] = rows
            return
        numbered = f"select found.*, row_number() over () as n from ({rows}) found"  # noqa: S608
        self._tables.append(f"l{level.number} as materialized ({numbered})")

    def _rows(self, above: TextLevel, below: Below) -> str:
        level, source = below.level, f"from l{above.number}"
        match below:
            case OneBelow(column=column):
                return self._by_keys(level, level.entity.key, f"array(select {column} {source})")
            case ListBelow(to=to, order=order, most=None):
                rows = self._by_keys(level, to, f"array(select k {source})", f"{to} as parent_id")
                return f"{rows} order by {placed(f'{to}, {order}', level.row)}"
            case ListBelow(to=to, order=order, most=most):
                rows = self._by_keys(level, to, "array[parent.k]")
                # Parents are sorted, not rows: a sort may change the order among equals.
                return f"""
                    select item.*, parent.k as parent_id from (select k {source} order by k) parent
                    cross join lateral
                    ({rows} order by {placed(order, level.row)} limit {most}) item
                """  # noqa: S608
            case PageBelow(listing=listing, present=present):
                only = "" if present is None else f" where {present}"
                return self._page(level, listing, keys=f"array(select k {source}{only} order by k)")

    def _by_keys(self, level: TextLevel, to: str, keys: str, *more: str) -> str:
        entity = level.entity
        selected = ", ".join([level.selected(), *more])
        sql = f"select {selected} {entity.source} where {to} = any({keys}) and ({entity.visible})"
        return self._bound(placed(sql, level.row).replace(KEYS, keys))

    def _page(self, level: TextLevel, listing: Listing, *, keys: str) -> str:
        asked = self._pages[level.number]
        return page_statement(
            listing,
            columns=self._bound(level.selected().replace(KEYS, keys)),
            page=asked.page,
            where=asked.where,
            parameters=self.parameters,
            parents=keys,
        )

    def _bound(self, sql: str) -> str:
        text, asked = bound(sql, after=len(self.parameters.values))
        self.parameters.values += [about(self._asking) for about in asked]
        return text

    def _texts(self, level: TextLevel) -> str:
        """Of each row of a level."""
        if not level.below:
            return f"select found.*, found.s0 as t from ({self._leaves[level.number]}) found"  # noqa: S608
        pieces, joins = ["l.s0"], []
        for number, below in enumerate(level.below, start=1):
            name = f"b{below.level.number}"
            if isinstance(below, OneBelow):
                text = self._texts(below.level)
                joins.append(f"left join ({text}) {name} on {name}.k = l.{below.column}")
                pieces.append(f"coalesce({name}.t, 'null')")
            else:
                text = self._lists(below.level)
                joins.append(f"left join ({text}) {name} on {name}.parent_id = l.k")
                pieces.append(between(f"coalesce({name}.t, '')", below))
            pieces.append(f"l.s{number}")
        return f"select l.*, {' || '.join(pieces)} as t from l{level.number} l {' '.join(joins)}"  # noqa: S608

    def _lists(self, level: TextLevel) -> str:
        """The texts of the rows of each parent, with commas between them."""
        # Parents come in the order of their ids, so the sort finds all in place.
        order = " order by n" if level.below else ""  # else they come in theirs
        return f"""
            select parent_id, string_agg(t, ','{order}) as t from ({self._texts(level)}) each
            group by parent_id
        """  # noqa: S608


def between(text: str, below: ListBelow | PageBelow) -> str:
    if isinstance(below, ListBelow):
        return text
    whole = f"{quoted(below.opening)} || {text} || {quoted(below.closing)}"
    return (
        whole
        if below.present is None
        else f"case when l.{below.present} then {whole} else 'null' end"
    )


def quoted(text: str) -> str:
    """As PostgreSQL reads it; control characters may stand in it as they are."""
    return "'" + text.replace("'", "''") + "'"
