"""`viewer_of`: live sessions only, and one write a minute at most."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.access import queries
from domain.access.rules import Surface
from domain.database import fetch_value
from domain.paging import Page
from tests.make.members import add_worker, session_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def seen_at(session_id: UUID) -> datetime:
    found = await fetch_value("select last_seen_at from login_session where id = $1", session_id)
    assert isinstance(found, datetime)
    return found


@pytest.mark.parametrize("token", ["", "prs_", "prs_unknown", "\x00", "\ud800", "x" * 10_000])
async def test_an_unknown_token_is_nobody(world: World, token: str) -> None:
    """Whatever stands in the header, the answer is None and not an error."""
    assert await queries.viewer_of(token=token, now=world.now) is None


async def test_being_seen_is_written_once_a_minute(world: World) -> None:
    """Every request asks; the row must not be written by each."""
    logged_in = await session_of(world, await add_worker(world))

    for seconds, expected in ((59, 0), (60, 60), (119, 60), (120, 120)):
        moment = world.later(timedelta(seconds=seconds))
        assert await queries.viewer_of(token=logged_in.token, now=moment)
        assert await seen_at(logged_in.session_id) == world.later(timedelta(seconds=expected))


async def test_many_requests_at_once_all_see_the_viewer(world: World) -> None:
    """They write the same row; none may fail or wait for long."""
    logged_in = await session_of(world, await add_worker(world))
    moment = world.later(timedelta(minutes=5))
    found = await asyncio.gather(
        *(queries.viewer_of(token=logged_in.token, now=moment) for _ in range(30))
    )
    assert all(viewer is not None for viewer in found)


async def test_an_idle_session_ends(world: World) -> None:
    """To the second; 30 days at the API."""
    logged_in = await session_of(world, await add_worker(world))
    end = world.later(timedelta(days=30))
    assert await queries.viewer_of(token=logged_in.token, now=end) is None
    last_moment = end - timedelta(seconds=1)
    assert await queries.viewer_of(token=logged_in.token, now=last_moment) is not None
    assert await queries.viewer_of(token=logged_in.token, now=end) is not None  # was seen


async def test_a_busy_session_ends_as_well(world: World) -> None:
    """90 days after the log-in, however often it was used."""
    logged_in = await session_of(world, await add_worker(world))
    for days in range(20, 90, 20):
        moment = world.later(timedelta(days=days))
        assert await queries.viewer_of(token=logged_in.token, now=moment)
    end = world.later(timedelta(days=90))
    assert await queries.viewer_of(token=logged_in.token, now=end - timedelta(seconds=1))
    assert await queries.viewer_of(token=logged_in.token, now=end) is None


async def test_a_session_that_nobody_remembers_is_short(world: World) -> None:
    """P10: an hour idle, 12 hours at most, however often it was used."""
    member = await add_worker(world)
    idle, busy = [await session_of(world, member, is_remembered=False) for _ in range(2)]
    hour = timedelta(hours=1)
    assert await queries.viewer_of(token=idle.token, now=world.later(hour)) is None

    used = hour - timedelta(seconds=1)
    for place in range(1, 13):
        assert await queries.viewer_of(token=busy.token, now=world.later(used * place))
    last = world.later(12 * hour)
    assert await queries.viewer_of(token=busy.token, now=last - timedelta(seconds=1))
    assert await queries.viewer_of(token=busy.token, now=last) is None


async def test_a_console_session_is_short(world: World) -> None:
    """Finance staff step away from their desks: 30 minutes idle, 12 hours at most."""
    logged_in = await session_of(world, await add_worker(world), surface=Surface.CONSOLE)

    async def sees(span: timedelta) -> bool:
        found = await queries.viewer_of(
            token=logged_in.token, now=world.later(span), surface=Surface.CONSOLE
        )
        return found is not None

    for minutes in range(29, 720, 29):
        assert await sees(timedelta(minutes=minutes))
    assert not await sees(timedelta(hours=12))


async def test_sessions_are_listed_page_by_page(world: World) -> None:
    """Newest first, both ways, and only the member's own live ones."""
    member_id = await add_worker(world)
    await session_of(world, await add_worker(world))
    made = []
    for minute in range(5):
        moment = World.of(f"{world.name} {minute}")
        moment.now = world.later(timedelta(minutes=minute // 2))  # some at the same instant
        made.append(await session_of(moment, member_id))
    now = world.later(timedelta(minutes=9))

    listed = await queries.sessions_of(member_id=member_id, page=Page(limit=9), now=now)
    assert {session.id for session in listed} == {session.session_id for session in made}
    order = [(session.created_at, session.id) for session in listed]
    assert order == sorted(order, reverse=True)

    after = Page(limit=2, after=(listed[1].created_at, listed[1].id))
    assert await queries.sessions_of(member_id=member_id, page=after, now=now) == listed[2:4]
    before = Page(limit=2, before=(listed[3].created_at, listed[3].id), backward=True)
    assert await queries.sessions_of(member_id=member_id, page=before, now=now) == listed[1:3]
    long_after = world.later(timedelta(days=31))
    assert not await queries.sessions_of(member_id=member_id, page=Page(limit=9), now=long_after)
