"""Tokens that come at the same moment are looked up together, and each gets its own answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.access.operations import revoke_token
from domain.access.queries import viewer_of
from domain.database import engine
from gateway.together import TOGETHER_MAX
from gateway.viewers import Viewers
from tests.make.ask import counted_statements
from tests.make.locks import locked, until_waiting
from tests.make.members import add_worker, session_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


class NoConnections:
    """In place of the pool, while the database is away."""

    async def acquire(self, *, timeout: float) -> None:  # noqa: ARG002, ASYNC109  # the pool's signature
        raise ConnectionRefusedError


async def tokens_of(world: World, count: int) -> list[str]:
    return [(await session_of(world, await add_worker(world))).token for _ in range(count)]


async def test_each_is_told_of_its_own_token(world: World) -> None:
    """Also those that are unknown or revoked, and those that several bring."""
    tokens = await tokens_of(world, 3)
    await revoke_token(token=tokens[1], now=world.now)
    asked = [*tokens, "prs_unknown", "\x00", "\ud800", tokens[0]] * 4
    viewers = Viewers()

    found = await asyncio.gather(*(viewers.of(token=each, now=world.now) for each in asked))

    assert found == [await viewer_of(token=each, now=world.now) for each in asked]
    assert [each is not None for each in found[:7]] == [True, False, True, *[False] * 3, True]


async def test_many_at_once_are_all_answered(world: World) -> None:
    """More than one statement takes."""
    tokens = await tokens_of(world, 2)
    viewers = Viewers()
    count = 2 * TOGETHER_MAX + 3

    found = await asyncio.gather(
        *(viewers.of(token=tokens[each % 2], now=world.now) for each in range(count))
    )

    assert {each.member_id for each in found if each is not None} == {
        each.member_id for each in found[:2] if each is not None
    }
    assert None not in found


async def test_a_session_that_ends_meanwhile_is_over_for_who_comes_later(world: World) -> None:
    """Nothing is kept from one look to the next, however close they are."""
    (token,) = await tokens_of(world, 1)
    viewers = Viewers()

    first = await viewers.of(token=token, now=world.now)
    await revoke_token(token=token, now=world.now)
    others = await asyncio.gather(*(viewers.of(token=token, now=world.now) for _ in range(3)))

    assert first is not None
    assert others == [None] * 3


async def test_who_hangs_up_takes_nobody_along(world: World, database: str) -> None:
    """Neither the one who asked first, nor one of those who wait for the next question."""
    tokens = await tokens_of(world, 4)
    viewers = Viewers()
    async with locked(database, "login_session"):
        asked = [asyncio.create_task(viewers.of(token=each, now=world.now)) for each in tokens]
        await until_waiting(1)
        asked[0].cancel()
        asked[2].cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)

    for number in (0, 2):
        assert isinstance(found[number], asyncio.CancelledError)
    for number in (1, 3):
        assert found[number] == await viewer_of(token=tokens[number], now=world.now)


async def test_what_goes_wrong_is_told_to_each(world: World) -> None:
    """And the next one is served."""
    tokens = await tokens_of(world, 3)
    viewers = Viewers()

    pool, engine.pool = engine.pool, NoConnections()
    try:
        found = await asyncio.gather(
            *(viewers.of(token=each, now=world.now) for each in tokens), return_exceptions=True
        )
    finally:
        engine.pool = pool

    assert all(isinstance(each, ConnectionRefusedError) for each in found)
    assert await viewers.of(token=tokens[1], now=world.now) is not None


async def test_under_load_several_share_a_statement(world: World) -> None:
    """The first asks at once, all others are one question."""
    tokens = await tokens_of(world, 20)
    viewers = Viewers()

    async with counted_statements() as statements:
        await asyncio.gather(*(viewers.of(token=each, now=world.now) for each in tokens))

    assert len(statements) == 2


async def test_being_seen_is_written_for_each(world: World) -> None:
    """As when it asks alone, once a minute."""
    tokens = await tokens_of(world, 3)
    later = world.later(timedelta(days=29))
    viewers = Viewers()

    await asyncio.gather(*(viewers.of(token=each, now=later) for each in tokens))

    long_after = world.later(timedelta(days=40))
    assert all([await viewer_of(token=each, now=long_after) for each in tokens])
