"""`revoke_all_sessions`: after a theft only the one that asks goes on."""

from __future__ import annotations

import pytest

from domain.access import operations
from tests.make.members import add_worker, is_live, session_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_revoking_all_spares_the_one_that_asks(world: World) -> None:
    """And other members'; it answers how many ended."""
    member_id = await add_worker(world)
    sessions = [await session_of(world, member_id) for _ in range(3)]
    other = await session_of(world, await add_worker(world))

    ended = await operations.revoke_all_sessions(
        member_id=member_id, except_session_id=sessions[0].session_id, now=world.now
    )

    assert ended == 2
    live = [await is_live(world, each.token) for each in (*sessions, other)]
    assert live == [True, False, False, True]
    ended = await operations.revoke_all_sessions(
        member_id=member_id, except_session_id=None, now=world.now
    )
    assert ended == 1
