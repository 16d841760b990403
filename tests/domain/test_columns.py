"""Rows that come as columns are the rows that the driver would have made."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.columns import ARRAYED, TEXTED, Columns
from domain.database import fetch

pytestmark = pytest.mark.asyncio

# As PostgreSQL writes them; null is among the values of each type.
VALUES = {
    "bool": ("true", "false"),
    "bpchar": ("'EUR'", "'x'"),
    "bytea": (r"'\x00ff'", r"'\x'"),
    "date": ("'2026-02-28'", "'0001-01-01'"),
    "float8": ("0.1", "5"),
    "int2": ("'-32768'", "32767"),
    "int4": ("'-2147483648'", "2147483647"),
    "int4[]": ("'{}'", "'{1,null}'"),
    "int8": ("'-9223372036854775808'", "9223372036854775807"),
    "int8[]": ("'{}'", "'{9223372036854775807}'"),
    "jsonb": ("""'{"a": [1, 2.50]}'""", "'null'"),
    "numeric": ("0.000001", "12345678901234567890.10"),
    "text": (r"""E'a, "b"\n\x01\x1f\\ \u2028 \U0001F600'""", "''"),
    "text[]": ("'{}'", r"""array['a,"b"', null, E'\n']"""),
    "timestamp": ("'2026-11-23 05:00'", "'2026-11-23 05:00:00.5'"),
    "timestamptz": ("'2026-11-23 05:00+00'", "'2026-11-23 05:00:00.5+02'"),
    "uuid": (f"'{UUID(int=7)}'", f"'{UUID(int=0)}'"),
    "varchar": ("'a'", "''"),
}


@pytest.mark.parametrize("kind", sorted(TEXTED | ARRAYED))
async def test_a_column_holds_what_its_rows_hold(kind: str, database: str) -> None:
    """Whatever is in it, in the same order and of the same Python type."""
    assert database
    selected = Columns()
    selected.add("{row}.value")
    given = enumerate([*VALUES[kind], "null"])
    values = ", ".join(f"({number}, ({value})::{kind})" for number, value in given)
    source = f"from (values {values}) rows (number, value)"
    sql = f"select {selected.written('rows')} {source} order by number desc"

    (column,) = await selected.read(sql)
    rows = [row[0] for row in await fetch(sql)]

    assert list(column) == rows
    assert [type(each) for each in column] == [type(each) for each in rows]


async def test_a_type_that_is_not_known_comes_as_rows(database: str) -> None:
    """With its neighbours, which are then read as in any other way."""
    assert database
    selected = Columns()
    selected.add("'1 day'::interval * {row}.n")
    selected.add_key("{row}.id")
    selected.add_instant("{row}.at")
    sql = f"""
        select {selected.written("rows")} from (
            values (1, '{UUID(int=7)}'::uuid, '2026-01-31 09:30:00.5+00'::timestamptz),
                   (2, null, null)
        ) rows (n, id, at) order by n
    """
    intervals, ids, instants = await selected.read(sql)

    assert [each.days for each in intervals] == [1, 2]
    assert list(ids) == [UUID(int=7).bytes, None]
    assert list(instants) == ["2026-01-31T09:30:00.500000Z", None]


async def test_ids_and_instants_may_be_missing(database: str) -> None:
    """Null stays null, in a column as in a row."""
    assert database
    selected = Columns()
    selected.add_key("{row}.id")
    selected.add_instant("{row}.at")
    sql = f"""
        select {selected.written("rows")} from (
            values (1, '{UUID(int=7)}'::uuid, '2026-01-31 09:30:00+00'::timestamptz),
                   (2, null, null)
        ) rows (n, id, at) order by n
    """
    ids, instants = await selected.read(sql)

    assert list(ids) == [UUID(int=7).bytes, None]
    assert list(instants) == ["2026-01-31T09:30:00Z", None]


async def test_no_rows_are_empty_columns(database: str) -> None:
    """One for each that was asked for."""
    assert database
    selected = Columns()
    selected.add("{row}.n")
    selected.add_key("{row}.id")
    selected.add_instant("{row}.at")
    source = "from (select 1 as n, null::uuid as id, now() as at where false) rows"

    assert await selected.read(f"select {selected.written('rows')} {source}") == [(), (), ()]
