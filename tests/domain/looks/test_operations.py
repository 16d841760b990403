"""P51: who of the staff looked at a person, whose, when and why, before anything is shown."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch, transaction
from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.looks import operations, queries
from domain.looks.rules import LookedAt
from domain.members.operations import ask_profile_change
from domain.members.rules import ChangeableField, Role
from domain.privacy.rules import STORES
from tests.make.members import add_finance_member, add_staff, add_worker, email_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio
WHY = "The member asks for another name."


async def look(
    world: World, staff_id: UUID, member_id: UUID, reason: str = WHY
) -> operations.Looked:
    return await operations.look_at_person(
        staff_id=staff_id, member_id=member_id, reason=reason, new_id=world.new_id, now=world.now
    )


async def test_a_read_of_a_profile_by_staff_leaves_a_trace(world: World) -> None:
    """P51: who, whose, why and when, for ever; the member sees and takes along when, not who."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    await ask_profile_change(
        member_id=member,
        field=ChangeableField.NAME,
        wanted="Wanda Santos",
        reason="I have married.",
        new_id=world.new_id,
        now=world.now,
    )

    looked = await look(world, staff, member)

    assert looked.person.email == email_of(member)
    assert [each.wanted for each in looked.changes] == ["Wanda Santos"]
    (trace,) = await queries.looks_at(member_id=member, with_secret=True, limit=9)
    assert (trace.staff_id, trace.member_id, trace.reason) == (staff, member, WHY)
    assert (trace.about, trace.looked_at) == (LookedAt.PERSON, world.now)
    for change in ("update staff_look set reason = 'none'", "delete from staff_look"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(f"{change} where id = $1", trace.id)
    store = STORES["staff_look"]
    (own,) = await fetch(f"select * from staff_look where {store.whose}", member)
    assert {"staff_id", "reason"} <= set(store.left_out) and own["looked_at"] == world.now


async def test_nobody_looks_without_a_role_or_a_reason(world: World) -> None:
    """Nor at themselves; and where nothing was shown, nothing was written down."""
    staff, member = await add_staff(world, Role.STAFF), await add_worker(world)
    finance = await add_finance_member(world)
    for nobody in (member, finance):
        with pytest.raises(NotAllowed):
            await look(world, nobody, await add_worker(world))
    with pytest.raises(NotAllowed):
        await look(world, staff, staff)
    with pytest.raises(NotFound):
        await look(world, staff, world.new_id())
    for reason in ("", "support", "\u202esupport of a member", "x" * 501):
        with pytest.raises(InvalidInput):
            await look(world, staff, member, reason)

    assert await queries.looks_at(member_id=member, with_secret=True, limit=9) == []
