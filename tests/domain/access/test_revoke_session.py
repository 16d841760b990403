"""`log_out`, `revoke_session`, `revoke_all_sessions`: the next request is nobody's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.access import operations, queries
from domain.database import fetch_row
from domain.errors import NotFound
from tests.make.members import add_worker, session_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def is_live(world: World, token: str) -> bool:
    return await queries.viewer_of(token=token, now=world.now) is not None


async def test_logging_out_ends_this_session_alone(world: World) -> None:
    """Twice is fine: the first moment stays on record."""
    member_id = await add_worker(world)
    here, there = await session_of(world, member_id), await session_of(world, member_id)

    await operations.log_out(session_id=here.session_id, now=world.now)
    await operations.log_out(session_id=here.session_id, now=world.later(timedelta(days=1)))

    assert not await is_live(world, here.token)
    assert await is_live(world, there.token)
    row = await fetch_row(
        "select revoked_at, revoke_reason from login_session where id = $1", here.session_id
    )
    assert row is not None and tuple(row) == (world.now, "logged_out")


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
