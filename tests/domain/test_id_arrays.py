"""Ids that go to the database and come back are the same ids, in their order."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.database import fetch_row, fetch_value
from domain.id_arrays import Ids

pytestmark = pytest.mark.asyncio

SOME = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SOME
@given(ids=st.lists(st.uuids() | st.none(), max_size=20))
async def test_ids_come_back_as_they_went(ids: list[UUID | None], database: str) -> None:
    """None among them is a null, no ids are an empty array; PostgreSQL reads what we write."""
    assert database
    row = await fetch_row("select $1::uuid[], $1::uuid[]::text[], array_length($1::uuid[], 1)", ids)

    assert row is not None
    assert list(row) == [ids, [None if e is None else str(e) for e in ids], len(ids) or None]


async def test_ids_as_bytes_and_as_text_are_the_ids(database: str) -> None:
    """Any number of them is one parameter, also for a connection that writes them one by one."""
    keys = [UUID(int=0), UUID(int=2**128 - 1), UUID("01900000-0000-7001-8000-00000000000a")]
    connection = await asyncpg.connect(database)
    for wanted in (keys, keys[:1], []):
        shown = Ids([key.bytes for key in wanted])
        for given_ids in (shown, [str(key) for key in wanted], tuple(wanted)):
            assert await fetch_value("select $1::uuid[]", given_ids) == wanted
        assert await connection.fetchval("select $1::uuid[]", shown) == wanted
    await connection.close()


@pytest.mark.parametrize("wrong", [["no id"], [7], "01900000-0000-7001-8000-00000000000a", 7])
async def test_what_is_no_list_of_ids_is_refused(wrong: object, database: str) -> None:
    """Before anything is sent, as asyncpg does; the connection is as good as before."""
    assert database
    with pytest.raises(asyncpg.DataError):
        await fetch_value("select $1::uuid[]", wrong)

    assert await fetch_value("select $1::uuid[]", None) is None
