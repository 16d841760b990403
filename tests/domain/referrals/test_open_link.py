"""`open_link`: one code per member, for ever."""

from __future__ import annotations

import asyncio

import pytest

from domain.referrals import operations, queries
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_a_member_has_one_code(world: World) -> None:
    """Links are printed and shared: asking again, even ten times at once, must not change it."""
    member_id = await add_worker(world)
    assert await queries.link_code_of(member_id=member_id) is None

    codes = await asyncio.gather(
        *(
            operations.open_link(member_id=member_id, new_token=world.new_token, now=world.now)
            for _ in range(10)
        )
    )

    assert len(set(codes)) == 1
    assert await queries.link_code_of(member_id=member_id) == codes[0]
    other = await operations.open_link(
        member_id=await add_worker(world), new_token=world.new_token, now=world.now
    )
    assert other != codes[0]
