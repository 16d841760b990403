"""The log of disclosures (P21): who asked, by which law, which fields, and for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch_value, transaction
from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.members.rules import Role
from domain.privacy import operations, queries
from domain.privacy.rules import STORES
from tests.make.members import add_staff, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
ASKED: Final[dict[str, Any]] = {
    "recipient": "Tax office of Berlin",
    "legal_basis": "Section 93 of the fiscal code",
    "reference": "S 0240/26",
    "fields": ["name", "tax_number"],
    "may_be_told": True,
}


async def record(world: World, staff_id: UUID, member_id: UUID, **changed: Any) -> UUID:
    given = {**ASKED, "disclosed_on": world.now.date(), **changed}
    return await operations.record_disclosure(
        staff_id=staff_id, member_id=member_id, new_id=world.new_id, now=world.now, **given
    )


async def test_a_disclosure_is_written_once_and_for_ever(world: World) -> None:
    """P21: who asked, the law, the fields and the day; nobody changes or removes it."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    await record(world, staff, await add_worker(world))
    disclosure_id = await record(world, staff, member)

    (found,) = await queries.disclosures(member_id=member, limit=9)
    assert (found.id, found.recipient, found.legal_basis) == (
        disclosure_id,
        ASKED["recipient"],
        ASKED["legal_basis"],
    )
    assert (found.fields, found.disclosed_on) == (("name", "tax_number"), world.now.date())
    assert (found.recorded_by, found.recorded_at) == (staff, world.now)
    for change in ("update disclosure set fields = '{name}'", "delete from disclosure"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(f"{change} where id = $1", disclosure_id)


async def test_the_member_is_told_only_what_the_law_lets_them_know(world: World) -> None:
    """Their export has it or not; staff read all of it."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    for may_be_told in (True, False):
        await record(world, staff, member, may_be_told=may_be_told)
    store = STORES["disclosure"]

    told = await fetch_value(
        f"select count(*) from disclosure where {store.whose}", member
    )  # our own words
    assert told == 1
    assert len(await queries.disclosures(member_id=member, limit=9)) == 2


async def test_only_staff_write_it_and_never_a_value(world: World) -> None:
    """Names of fields in small letters: no number, no address, no line about oneself."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    with pytest.raises(NotAllowed):
        await record(world, member, staff)
    with pytest.raises(NotAllowed):
        await record(world, staff, staff)
    with pytest.raises(NotFound):
        await record(world, staff, world.new_id())
    wrongs: tuple[dict[str, Any], ...] = (
        {"fields": ["DE 136 695 976"]},
        {"fields": []},
        {"fields": ["name", "name"]},
        {"recipient": " "},
        {"legal_basis": "two\nlines"},
        {"disclosed_on": world.now.date() + timedelta(days=1)},
    )
    for wrong in wrongs:
        with pytest.raises(InvalidInput):
            await record(world, staff, member, **wrong)
    assert not await queries.disclosures(member_id=member, limit=9)
