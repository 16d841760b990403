"""P14: other sources supplement a profile under a consent to each, which nobody has at first."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch_value, transaction
from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.members.rules import Role
from domain.supplements import operations, queries
from domain.supplements.rules import DataSource
from tests.make.members import add_staff, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
BLOG, NEWSPAPER = DataSource.BLOG, DataSource.NEWSPAPER
LATE = """
    insert into profile_supplement (id, member_id, consent_id, text, found_in, added_by, added_at)
    select $1, member_id, id, 'x', 'y', $2, $3 from source_consent where member_id = $4
"""


async def add(
    world: World, staff_id: UUID, member_id: UUID, source: DataSource, text: str = "Knows birds."
) -> UUID:
    return await operations.add_supplement(
        staff_id=staff_id,
        member_id=member_id,
        source=source,
        text=text,
        found_in="A blog on birds",
        new_id=world.new_id,
        now=world.now,
    )


async def agree(world: World, member_id: UUID, source: DataSource) -> None:
    await operations.agree_to_source(
        member_id=member_id, source=source, new_id=world.new_id, now=world.now
    )


async def test_enrichment_without_consent_is_refused(world: World) -> None:
    """Per source, off by default; the database refuses it too, under a consent that ended."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    assert await queries.sources_of(member_id=member) == []
    for source in DataSource:
        with pytest.raises(operations.SourceNotAgreed):
            await add(world, staff, member, source)

    await agree(world, member, BLOG)
    await agree(world, member, BLOG)
    await add(world, staff, member, BLOG)
    with pytest.raises(operations.SourceNotAgreed):
        await add(world, staff, member, NEWSPAPER)

    (found,) = await queries.supplements_of(member_id=member, limit=9)
    assert (found.source, found.text, found.found_in) == (BLOG, "Knows birds.", "A blog on birds")
    assert await queries.sources_of(member_id=member) == [BLOG]
    await operations.withdraw_from_source(member_id=member, source=BLOG, now=world.now)
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():
            await execute(LATE, world.new_id(), staff, world.now, member)


async def test_whoever_stops_has_it_deleted(world: World) -> None:
    """Of that source alone; that it was agreed to stays, and one can agree anew."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    for source in (BLOG, NEWSPAPER):
        await agree(world, member, source)
        await add(world, staff, member, source)

    await operations.withdraw_from_source(member_id=member, source=BLOG, now=world.now)
    await operations.withdraw_from_source(member_id=member, source=BLOG, now=world.now)

    left = await queries.supplements_of(member_id=member, limit=9)
    assert [each.source for each in left] == [NEWSPAPER]
    with pytest.raises(operations.SourceNotAgreed):
        await add(world, staff, member, BLOG)
    await agree(world, member, BLOG)
    history = "select count(*) from source_consent where member_id = $1 and source = 'blog'"
    assert await fetch_value(history, member) == 2
    async with transaction():
        gone = await operations.forget_supplements(member_id=member)
    assert gone == {"profile_supplement": 1}


async def test_only_staff_add_and_only_readable_text(world: World) -> None:
    """Nobody about themselves, and nothing that turns around what follows."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    await agree(world, member, BLOG)
    await agree(world, staff, BLOG)
    for who, whose in ((member, member), (staff, staff), (await add_worker(world), member)):
        with pytest.raises(NotAllowed):
            await add(world, who, whose, BLOG)
    with pytest.raises(NotFound):
        await add(world, staff, world.new_id(), BLOG)
    for text in (" ", "\u202ebirds", "x" * 501):
        with pytest.raises(InvalidInput):
            await add(world, staff, member, BLOG, text)
    assert await queries.supplements_of(member_id=member, limit=9) == []
