"""`log_out`: the next request with this token is nobody's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.access import operations
from domain.database import fetch_row
from tests.make.members import add_worker, is_live, session_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


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
