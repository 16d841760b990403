"""`revoke_session`: one of the member's own, wherever it is."""

from __future__ import annotations

import pytest

from domain.access import operations
from domain.errors import NotFound
from tests.make.members import add_worker, is_live, session_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_a_member_revokes_a_session_elsewhere(world: World) -> None:
    """The lost phone; what ended before keeps its reason."""
    member_id = await add_worker(world)
    here, lost = await session_of(world, member_id), await session_of(world, member_id)

    await operations.revoke_session(member_id=member_id, session_id=lost.session_id, now=world.now)

    assert await is_live(world, here.token)
    assert not await is_live(world, lost.token)


async def test_another_members_session_does_not_exist(world: World) -> None:
    """Knowing an id is no right."""
    stranger = await add_worker(world)
    logged_in = await session_of(world, await add_worker(world))

    with pytest.raises(NotFound):
        await operations.revoke_session(
            member_id=stranger, session_id=logged_in.session_id, now=world.now
        )
    assert await is_live(world, logged_in.token)
