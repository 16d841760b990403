"""`log_in`: a fresh session for the right password, one answer for everything else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.access import operations, queries
from domain.access.rules import Method, Surface
from domain.database import execute, fetch_row, fetch_value, transaction
from domain.members.rules import Role
from domain.paging import Page
from tests.make.members import (
    PASSWORD,
    WRONG_PASSWORD,
    QuickHasher,
    add_worker,
    email_of,
    session_of,
    tire_out,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio


class WatchfulHasher(QuickHasher):
    """Remembers what it was asked to compare with."""

    def __init__(self) -> None:
        self.stored: list[str | None] = []

    async def matches(self, password: str, stored: str | None) -> bool:
        self.stored.append(stored)
        return await super().matches(password, stored)


async def log_in(
    world: World,
    *,
    email: str,
    password: str = PASSWORD,
    hasher: QuickHasher | None = None,
    network: str | None = None,
) -> operations.LoggedIn:
    return await operations.log_in(
        email=email,
        password=password,
        hasher=hasher or QuickHasher(),
        new_token=world.new_token,
        new_id=world.new_id,
        now=world.now,
        network=network,
    )


async def test_the_token_belongs_to_the_member(world: World) -> None:
    """Roles and country come with it: most requests need nothing more."""
    member_id = await add_worker(world, country="PH")

    logged_in = await session_of(world, member_id)

    assert await queries.viewer_of(token=logged_in.token, now=world.now) == queries.Viewer(
        member_id=member_id,
        session_id=logged_in.session_id,
        roles=frozenset({Role.WORKER, Role.EMPLOYER}),
        country="PH",
    )
    (session,) = await queries.sessions_of(member_id=member_id, page=Page(limit=9), now=world.now)
    assert session.id == logged_in.session_id
    assert session.authenticated_with == (Method.PASSWORD,)
    assert session.expires_at == world.now + timedelta(days=30)


async def test_the_token_is_stored_nowhere(world: World) -> None:
    """Who reads the database, or a log, cannot act as a member."""
    logged_in = await session_of(world, await add_worker(world))

    row = await fetch_row("select * from login_session where id = $1", logged_in.session_id)
    assert row is not None
    assert logged_in.token.startswith("prs_")
    assert logged_in.token[4:] not in str(dict(row))
    assert logged_in.token not in repr(logged_in)


async def test_every_log_in_mints_a_token(world: World) -> None:
    """Nothing that a client brought is ever adopted."""
    member_id = await add_worker(world)
    first = await session_of(world, member_id)
    second = await session_of(world, member_id)
    assert first.token != second.token
    assert first.session_id != second.session_id


async def test_unknown_address_and_wrong_password_look_the_same(world: World) -> None:
    """Same refusal, same text, and the hasher is asked in every case: no answer by timing."""
    member_id = await add_worker(world)
    hasher = WatchfulHasher()
    answers = []
    for email, password in (
        (email_of(member_id), WRONG_PASSWORD),
        (f"nobody.{member_id.hex}@example.com", PASSWORD),
        ("no address\x00 at all", PASSWORD),
        (email_of(member_id), "\ud800"),
    ):
        with pytest.raises(operations.WrongCredentials) as refusal:
            await log_in(world, email=email, password=password, hasher=hasher)
        answers.append(str(refusal.value))

    assert len(set(answers)) == 1
    assert [stored is None for stored in hasher.stored] == [False, True, True, False]


@pytest.mark.parametrize("state", ["frozen", "closed", "erased"])
async def test_who_may_not_sign_in_is_not_let_in_and_not_kept_in(world: World, state: str) -> None:
    """Old sessions die with the state (P24), and outside it looks like a wrong password."""
    member_id = await add_worker(world)
    logged_in = await session_of(world, member_id)
    async with transaction():  # no operation leads to these states yet
        await execute("update member set state = $2 where id = $1", member_id, state)

    assert await queries.viewer_of(token=logged_in.token, now=world.now) is None
    hasher = WatchfulHasher()
    with pytest.raises(operations.WrongCredentials):
        await log_in(world, email=email_of(member_id), hasher=hasher)
    assert hasher.stored == [None]


@pytest.mark.parametrize("state", ["active", "restricted", "suspended"])
async def test_a_restricted_member_still_gets_in(world: World, state: str) -> None:
    """To hand in live work, to object, to appeal, to withdraw earnings."""
    member_id = await add_worker(world)
    async with transaction():
        await execute("update member set state = $2 where id = $1", member_id, state)
    assert (await session_of(world, member_id)).member_id == member_id


async def test_a_password_changed_meanwhile_opens_no_session(world: World) -> None:
    """The change revokes sessions; one that was being opened must not slip through."""
    member_id = await add_worker(world)

    class ChangesMeanwhile(QuickHasher):
        async def matches(self, password: str, stored: str | None) -> bool:
            async with transaction():
                await execute(
                    "update member_password set hash = 'another' where member_id = $1", member_id
                )
            return await super().matches(password, stored)

    with pytest.raises(operations.WrongCredentials):
        await log_in(world, email=email_of(member_id), hasher=ChangesMeanwhile())
    assert not await fetch_value("select 1 from login_session where member_id = $1", member_id)


async def test_guessing_is_slowed_down(world: World) -> None:
    """After a handful of attempts even the right password has to wait."""
    member_id = await add_worker(world)
    email = email_of(member_id)
    refusal = await tire_out(lambda: log_in(world, email=email, password=WRONG_PASSWORD))

    assert 1 <= refusal.retry_after_seconds <= 30
    with pytest.raises(operations.TooManyAttempts):
        await log_in(world, email=email.upper())


async def test_one_network_cannot_lock_a_member_out(world: World) -> None:
    """A limit per account alone would be a weapon against its owner."""
    member_id = await add_worker(world)
    stranger, home = world.new_token(), world.new_token()
    await tire_out(
        lambda: log_in(world, email=email_of(member_id), password=WRONG_PASSWORD, network=stranger)
    )

    logged_in = await log_in(world, email=email_of(member_id), network=home)
    assert logged_in.member_id == member_id


async def test_a_console_session_is_worthless_at_the_api(world: World) -> None:
    """And the other way round; a cookie stolen on one surface stays there."""
    member_id = await add_worker(world)
    console = await session_of(world, member_id, surface=Surface.CONSOLE)
    api = await session_of(world, member_id)

    async def sees(token: str, surface: Surface) -> bool:
        found = await queries.viewer_of(token=token, now=world.now, surface=surface)
        return found is not None

    assert await sees(console.token, Surface.CONSOLE) and not await sees(console.token, Surface.API)
    assert await sees(api.token, Surface.API) and not await sees(api.token, Surface.CONSOLE)
