"""`begin_step_up` and `complete_step_up`: the member proves who they are, for one thing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.access import operations, queries
from domain.database import execute, fetch_value, transaction
from domain.errors import NotFound
from tests.make.members import (
    PASSWORD,
    WRONG_PASSWORD,
    QuickHasher,
    add_worker,
    is_live,
    session_of,
    tire_out,
)
from tests.make.step_up import begin_step_up, complete_step_up, passed_step_up
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_passing_rotates_the_token_of_the_same_session(world: World) -> None:
    """A token stolen before the step-up must not profit from it."""
    session = await session_of(world, await add_worker(world))
    step_up_id = await begin_step_up(world, session)

    token = await complete_step_up(world, step_up_id, session.session_id)

    assert await queries.viewer_of(token=session.token, now=world.now) is None
    viewer = await queries.viewer_of(token=token, now=world.now)
    assert viewer is not None and viewer.session_id == session.session_id


async def test_a_wrong_password_passes_nothing_and_ends_nothing(world: World) -> None:
    """The session goes on with its token; guessing is slowed down."""
    session = await session_of(world, await add_worker(world))
    step_up_id = await begin_step_up(world, session)
    with pytest.raises(operations.WrongCredentials):
        await complete_step_up(world, step_up_id, session.session_id, password=WRONG_PASSWORD)
    assert await queries.viewer_of(token=session.token, now=world.now)
    refusal = await tire_out(
        lambda: complete_step_up(world, step_up_id, session.session_id, password=WRONG_PASSWORD)
    )
    assert refusal.retry_after_seconds <= 30


async def test_what_cannot_be_confirmed_does_not_exist(world: World) -> None:
    """Passed already, expired, of another session, of an ended session, unknown."""
    session, claim = await passed_step_up(world)
    other = await session_of(world, await add_worker(world))
    expired = await begin_step_up(world, session)
    foreign = await begin_step_up(world, other)

    for step_up_id, after in (
        (claim.step_up_id, timedelta(0)),
        (expired, timedelta(minutes=5)),
        (foreign, timedelta(0)),
        (world.new_id(), timedelta(0)),
    ):
        with pytest.raises(NotFound):
            await complete_step_up(world, step_up_id, session.session_id, after=after)

    await operations.log_out(session_id=other.session_id, now=world.now)
    with pytest.raises(NotFound):
        await complete_step_up(world, foreign, other.session_id)
    with pytest.raises(NotFound):
        await begin_step_up(world, other)


async def test_a_password_changed_meanwhile_confirms_nothing(world: World) -> None:
    """Whoever knew the old one must not slip through while it is compared."""
    member_id = await add_worker(world)
    session = await session_of(world, member_id)
    step_up_id = await begin_step_up(world, session)

    class ChangesMeanwhile(QuickHasher):
        async def matches(self, password: str, stored: str | None) -> bool:
            async with transaction():
                await execute(
                    "update member_password set hash = 'another' where member_id = $1", member_id
                )
            return await super().matches(password, stored)

    with pytest.raises(NotFound):
        await operations.complete_step_up(
            step_up_id=step_up_id,
            session_id=session.session_id,
            password=PASSWORD,
            hasher=ChangesMeanwhile(),
            new_token=world.new_token,
            now=world.now,
        )
    assert await is_live(world, session.token)
    assert not await fetch_value(
        "select passed_at from step_up_challenge where id = $1", step_up_id
    )
