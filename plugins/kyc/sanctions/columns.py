"""Lists that are tables: their columns are found by name, and a list that lacks one is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.provider import FileRefused

HEADER_ROWS_MAX: Final = 5  # a banner with the day of the report may come first
ROWS_MAX: Final = 1_000_000
CELL_MAX: Final = 200_000  # remarks are long; the library's own bound is 131,072

csv.field_size_limit(CELL_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`columns` is our name to the names that publishers have used; `needed` are ours."""

    columns: Mapping[str, tuple[str, ...]]
    needed: frozenset[str]
    delimiter: str = ","
    unnamed: tuple[str, ...] = ()  # where the file has no header: our names in its order


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by our names; what the file does not have is empty."""

    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def banner_and_rows(content: bytes, layout: Layout) -> tuple[str, Iterator[Row]]:
    """What stands above the header, and the rows. Raises `FileRefused`, quoting no cell."""
    table = list(_cells(content, layout.delimiter))
    for at, cells in enumerate(table[:HEADER_ROWS_MAX]):
        places = _places(cells, layout)
        if layout.needed <= places.keys():
            banner = " ".join(" ".join(each) for each in table[:at])
            return banner, _rows(table[at + 1 :], places)
    if layout.unnamed and table and len(table[0]) == len(layout.unnamed):
        is_data = table[0][0].strip().isdigit()
        if is_data:
            return "", _rows(table, {name: at for at, name in enumerate(layout.unnamed)})
    best = max((_places(cells, layout) for cells in table[:HEADER_ROWS_MAX]), key=len, default={})
    lacking = ", ".join(layout.columns[name][0] for name in sorted(layout.needed - best.keys()))
    raise FileRefused(f"the file lacks the column {lacking}")


def _cells(content: bytes, delimiter: str) -> Iterator[Sequence[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # as older lists were published
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader):
            if number >= ROWS_MAX:
                raise FileRefused("the file has too many rows")
            if any(each.strip() for each in cells) and cells != ["\x1a"]:  # how OFAC ends a file
                yield cells
    except csv.Error as error:
        raise FileRefused("the file is no table that can be read") from error


def _places(cells: Sequence[str], layout: Layout) -> dict[str, int]:
    seen = {_plain(each): at for at, each in reversed(list(enumerate(cells)))}
    found: dict[str, int] = {}
    for name, written in layout.columns.items():
        for each in written:
            if _plain(each) in seen:
                found[name] = seen[_plain(each)]
                break
    return found


def _rows(table: Sequence[Sequence[str]], places: Mapping[str, int]) -> Iterator[Row]:
    last = max(places.values())
    for cells in table:
        if len(cells) <= last:
            raise FileRefused("a row is shorter than the header: the file may be cut")
        yield Row(
            {
                name: cells[at].strip()
                for name, at in places.items()
                if cells[at].strip() not in ("", "-0-")
            }
        )


def _plain(header: str) -> str:
    """Publishers change blanks, strokes and capitals, not words."""
    return "".join(each for each in header.casefold() if each.isalnum())
