"""SQL creates the schema and Piccolo tables describe it: this finds where the two differ."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from piccolo.columns import Column, ForeignKey
from piccolo.table import Table

from domain.database import execute, fetch, fetch_value, transaction
from domain.piccolo_app import TABLE_MODULES

pytestmark = pytest.mark.asyncio

COLUMNS = """
    select a.attname as name, format_type(a.atttypid, null) as type, not a.attnotnull as nullable
    from pg_attribute a
    where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
"""
FOREIGN_KEYS = """
    select a.attname as name, c.confrelid::regclass::text as target, c.confdeltype::text as rule
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.conrelid = to_regclass($1) and c.contype = 'f' and cardinality(c.conkey) = 1
"""
TABLES = """
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
"""
# Tables that only SQL functions and triggers touch, and Piccolo's own.
WITHOUT_A_CLASS = {
    "assignment_move",
    "dispute_move",
    "migration",
    "rate_bucket",
    "suspension_move",
}


def tables() -> list[type[Table]]:
    found: list[type[Table]] = []
    for name in TABLE_MODULES:
        module = import_module(name)
        found += [
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Table) and each.__module__ == name
        ]
    return found


@pytest.mark.parametrize("table", tables(), ids=lambda table: table._meta.tablename)
async def test_a_table_class_says_what_the_database_holds(
    database: str, table: type[Table]
) -> None:
    """A column forgotten in either place would be found by a member first."""
    assert database
    assert await differences(table) == []


async def test_every_table_has_its_class(database: str) -> None:
    """The classes are the documentation of the schema."""
    assert database
    live = {row["relname"] for row in await fetch(TABLES)}

    assert live - {table._meta.tablename for table in tables()} - WITHOUT_A_CLASS == set()


async def test_drift_is_found(database: str) -> None:
    """A check that cannot fail guards nothing."""
    assert database
    (rate,) = [table for table in tables() if table._meta.tablename == "rate"]
    async with transaction() as planted:
        await execute("alter table rate add column planted int")
        await execute("alter table rate alter column source drop not null")
        found = await differences(rate)
        await planted.rollback()  # type: ignore[no-untyped-call]  # Piccolo's

    assert found == ["rate.planted: only in the database", "rate.source: nullability differs"]


async def differences(table: type[Table]) -> list[str]:
    name = table._meta.tablename
    live = {row["name"]: row for row in await fetch(COLUMNS, name)}
    keys = {row["name"]: (row["target"], row["rule"]) for row in await fetch(FOREIGN_KEYS, name)}
    declared = {column._meta.db_column_name: column for column in table._meta.columns}
    problems = [f"{name}.{each}: only in Python" for each in sorted(declared.keys() - live.keys())]
    problems += [
        f"{name}.{each}: only in the database" for each in sorted(live.keys() - declared.keys())
    ]
    for each in sorted(declared.keys() & live.keys()):
        column, row = declared[each], live[each]
        if await type_of(column) != row["type"]:
            problems.append(f"{name}.{each}: {column.column_type} in Python, {row['type']} live")
        if column._meta.null != row["nullable"]:
            problems.append(f"{name}.{each}: nullability differs")
        if isinstance(column, ForeignKey) and keys.get(each) != target_of(column):
            problems.append(f"{name}.{each}: foreign key differs")
    return problems


async def type_of(column: Column) -> str:
    if column.column_type in ("SERIAL", "BIGSERIAL"):
        return "bigint" if column.column_type == "BIGSERIAL" else "integer"
    return str(await fetch_value("select format_type(to_regtype($1), null)", column.column_type))


def target_of(column: ForeignKey[Any]) -> tuple[str, str]:
    rules = {"CASCADE": "c", "RESTRICT": "r", "NO ACTION": "a", "SET NULL": "n"}
    meta = column._foreign_key_meta
    return meta.resolved_references._meta.tablename, rules[meta.on_delete.value]
