"""A function of the database is read in one file, as it is, and not put together from patches."""

from __future__ import annotations

import pytest

from domain.database import fetch
from tests.tidy.source import ROOT

FUNCTIONS = """
    select p.proname as name, p.prosrc as body
    from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace = 'public'::regnamespace and l.lanname in ('sql', 'plpgsql')
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by 1
"""


@pytest.mark.asyncio
async def test_every_function_stands_whole_in_a_migration(database: str) -> None:
    """Whoever patches one with `pg_get_functiondef` writes out what comes of it too."""
    assert database
    files = [path.read_text() for path in sorted((ROOT / "migrations").rglob("*.sql"))]
    files += [path.read_text() for path in sorted((ROOT / "migrations").glob("*.py"))]

    found = {row["name"]: row["body"] for row in await fetch(FUNCTIONS)}

    assert len(found) > 50
    assert [name for name, body in found.items() if not any(body in each for each in files)] == []
