"""Each table has an answer to whose its rows are and where they go."""

from __future__ import annotations

import re
from typing import Final

import pytest

from domain.database import fetch
from domain.privacy.rules import IMPERSONAL, STORES, Fate
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

_TABLES: Final = """
    select c.relname as table_name, array_agg(a.attname::text) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and a.attnum > 0
      and not a.attisdropped
    group by 1
"""
SECRET: Final = re.compile(
    r"secret|hash$|token|digest|fingerprint|sealed|wrapped|_by$|staff|^content$"
)
HARMLESS: Final = {  # they read like secrets and are the member's own
    ("b_notice", "letter_by"),
    ("dispute_step", "hash"),
    ("document_file", "content"),
    ("document_draft", "content"),
    ("document_file", "sha256"),
    ("verification_upload", "digest"),
}


async def test_each_table_is_listed_once(world: World) -> None:
    """P25, C9: nobody adds a table without saying what becomes of its rows."""
    assert world
    tables = {row["table_name"] for row in await fetch(_TABLES)}

    assert STORES.keys() & IMPERSONAL.keys() == set()
    assert STORES.keys() | IMPERSONAL.keys() == tables


async def test_what_is_left_out_exists_and_secrets_are_left_out(world: World) -> None:
    """A member takes no key, no digest and no name of staff along."""
    member_id = await add_worker(world)
    for row in await fetch(_TABLES):
        table, columns = row["table_name"], set(row["columns"])
        store = STORES.get(table)
        if store is None or store.whose is None:
            continue
        await fetch(f"select 1 from {table} where {store.whose}", member_id)
        secrets = {name for name in columns if SECRET.search(name)} - set(store.left_out)

        assert set(store.left_out) <= columns, table
        assert {(table, name) for name in secrets} <= HARMLESS, table


async def test_what_is_deleted_is_the_members_own() -> None:
    """A table that goes is one that the member is given, but for notes among staff."""
    gone = [table for table, store in STORES.items() if store.fate is not Fate.KEPT]
    assert [table for table in gone if STORES[table].whose is None] == ["ticket_note"]
