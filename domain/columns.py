"""What a statement selects, and rows that come as columns.

A driver makes an object of each value and a record of each row. PostgreSQL puts a whole column
into one value in less time than it takes to send the rows, and a list of it is made in a fraction
of the time that the records would take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from struct import unpack
from typing import Any, Final, TypeAlias

import msgspec

from domain.database import column_types, fetch

KEYS: Final = "$1::uuid[]"
BLOCK: Final = 16  # bytes of an id
NO_ID: Final = bytes(BLOCK)  # stands for null: no row has it, only the parent of a list of all
ID: Final = "id"
PARENT_ID: Final = "parent id"
INSTANT: Final = "instant"
# What a JSON text says as the driver would; of all else in `ARRAYED` the driver makes a list.
TEXTED: Final = frozenset(
    {"bool", "bpchar", "int2", "int4", "int8", "int4[]", "int8[]", "text", "text[]", "varchar"}
)
ARRAYED: Final = frozenset(
    {"bytea", "date", "float8", "jsonb", "numeric", "timestamp", "timestamptz", "uuid"}
)

LENGTHS: Final = (len("2026-01-31T09:30:00Z"), len("2026-01-31T09:30:00.500000Z"))

Column: TypeAlias = Sequence[Any]


class Columns:
    """What one statement selects; each expression once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._ids: set[int] = set()
        self._instants: set[int] = set()
        self._written: dict[str, str] = {}
        self._gathered: Gathered | None = None  # not known yet

    def add(self, sql: str) -> int:
        if sql not in self.texts:
            self.texts.append(sql)
        return self.texts.index(sql)

    def add_key(self, sql: str) -> int:
        """An id, as bytes."""
        number = self.add(f"uuid_send({sql})")
        self._ids.add(number)
        return number

    def add_instant(self, sql: str) -> int:
        """As clients read it."""
        number = self.add(f"(({sql})::text)")
        self._instants.add(number)
        return number

    def written(self, row: str) -> str:
        """Kept: nothing is added once a statement is made."""
        if row not in self._written:
            self._written[row] = ", ".join(
                f"{placed(text, row)} as c{number}" for number, text in enumerate(self.texts)
            )
        return self._written[row]

    async def read(self, sql: str, *arguments: object, parent: str | None = None) -> list[Column]:
        """The columns of a statement that selects these and then, perhaps, the id of a `parent`.

        Values follow each other as the statement's rows do.
        """
        if self._gathered is None:
            self._gathered = self._gather(await column_types(sql), parent)
        gathered = self._gathered
        if gathered.sql is None:
            return self.of_rows(await fetch(sql, *arguments), len(gathered.reads))
        (row,) = await fetch(f"select {gathered.sql} from ({sql}) found", *arguments)  # noqa: S608  # our own model
        return [read(value) for read, value in zip(gathered.reads, row, strict=True)]

    def of_rows(self, rows: Sequence[Sequence[Any]], width: int | None = None) -> list[Column]:
        """The same columns of a few rows. `width`: with that of a parent."""
        if not rows:
            return [()] * (width or len(self.texts))
        columns: list[Column] = list(zip(*rows, strict=True))
        for number in self._instants:
            columns[number] = [
                None if each is None else instant_text(each) for each in columns[number]
            ]
        return columns

    def _gather(self, types: Sequence[str], parent: str | None) -> Gathered:
        kinds = list(types)
        for known, kind in ((self._ids, ID), (self._instants, INSTANT)):
            for number in known:
                kinds[number] = kind
        names = [f"c{number}" for number in range(len(self.texts))]
        if parent is not None:
            names.append(parent)
            kinds[-1] = PARENT_ID
        return gathered_from(zip(names, kinds, strict=True))


def placed(sql: str, row: str) -> str:
    return sql.replace("{row}", row).replace("{keys}", KEYS)


@dataclass(frozen=True, slots=True)
class Gathered:
    """How columns are put together, one value each. Without `sql` the rows come as rows: the type
    of one of them is not known here.
    """

    sql: str | None
    reads: tuple[Callable[[Any], Column], ...]


def gathered_from(columns: Iterable[tuple[str, str]]) -> Gathered:
    """Of columns with these names and types."""
    texts, reads = [], []
    for name, kind in columns:
        text, read = _one(name, kind)
        texts.append(text)
        reads.append(read)
    return Gathered(None if None in texts else ", ".join(filter(None, texts)), tuple(reads))


def _one(name: str, kind: str) -> tuple[str | None, Callable[[Any], Column]]:
    if kind == ID:
        return f"string_agg(coalesce({name}, '\\x{NO_ID.hex()}'), '')", ids_of
    if kind == PARENT_ID:
        return f"string_agg({name}, '')", parent_ids_of
    if kind == INSTANT:
        return f"string_agg(coalesce({name}, ''), ',')", instants_of
    if kind in TEXTED:
        return f"json_agg({name})", values_of
    if kind in ARRAYED:
        return f"array_agg({name})", _as_it_is
    return None, _as_it_is


def ids_of(blocks: bytes | None) -> Column:
    ids = parent_ids_of(blocks)
    return [None if each == NO_ID else each for each in ids] if NO_ID in ids else ids


def parent_ids_of(blocks: bytes | None) -> Column:
    return () if blocks is None else unpack(f"{BLOCK}s" * (len(blocks) // BLOCK), blocks)


def instants_of(text: str | None) -> Column:
    """All of them at once; the few whose fraction ends in zeros, which PostgreSQL leaves out, and
    those that are null, by themselves.
    """
    if text is None:
        return ()
    instants = text.replace(" ", "T").replace("+00", "Z").split(",")
    return [each if len(each) in LENGTHS else _mended(each) for each in instants]


def instant_text(written: str) -> str:
    """`2026-01-31 09:30:00.5+00` as `isoformat` would have it, and with a Z."""
    instant: str = instants_of(written)[0]
    return instant


def _mended(instant: str) -> str | None:
    return f"{instant[:-1].ljust(max(LENGTHS) - 1, '0')}Z" if instant else None


def values_of(text: str | None) -> Column:
    return () if text is None else _decode(text)


def _as_it_is(values: Column | None) -> Column:
    return () if values is None else values


_decode: Final[Callable[[str], list[Any]]] = msgspec.json.Decoder(list[Any]).decode
