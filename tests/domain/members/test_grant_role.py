"""`grant_role`: people give roles, once each."""

from __future__ import annotations

import asyncio

import pytest

from domain.errors import NotFound
from domain.members import operations, queries
from domain.members.rules import Role
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_adds_to_what_the_member_is_already(world: World) -> None:
    """Finance staff may work as well; the same grant twice at once is one grant."""
    member_id = await add_worker(world)

    await asyncio.gather(
        *(
            operations.grant_role(member_id=member_id, role=role, now=world.now)
            for role in (Role.FINANCE, Role.STAFF, Role.FINANCE)
        )
    )

    record = (await queries.members_by_id(ids=[member_id]))[member_id]
    assert record.roles == {Role.WORKER, Role.EMPLOYER, Role.FINANCE, Role.STAFF}


async def test_refuses_a_stranger(world: World) -> None:
    """A mistyped id must not look like success."""
    with pytest.raises(NotFound):
        await operations.grant_role(member_id=world.new_id(), role=Role.STAFF, now=world.now)
