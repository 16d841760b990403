"""`register_referred_member`: the member and the referral, or neither."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.access.operations import PasswordTooWeak
from domain.database import execute, fetch_value, transaction
from domain.members.operations import EmailTaken
from domain.paging import Page
from domain.referrals import operations, queries
from domain.referrals.rules import ReferralState
from tests.make.members import BORN_ON, PASSWORD, QuickHasher, add_worker, email_of, session_of
from tests.make.referrals import add_referee
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def register(world: World, *, code: str, email: str, password: str = PASSWORD) -> UUID:
    return await operations.register_referred_member(
        code=code,
        name="Rafael Referee",
        email=email,
        country="PH",
        born_on=BORN_ON,
        password=password,
        hasher=QuickHasher(),
        new_id=world.new_id,
        now=world.now,
    )


async def test_the_referrer_sees_whom_they_brought(world: World) -> None:
    """And the new member can sign in like any other."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)

    (referral,) = await queries.referrals_of(referrer_id=referrer_id, page=Page(limit=9))
    assert (referral.referee_id, referral.state) == (referee_id, ReferralState.SIGNED_UP)
    assert referral.signed_up_at == world.now
    assert referral.ends_at == datetime(2027, 3, 29, 0, 59, tzinfo=UTC)
    assert (await session_of(world, referee_id)).member_id == referee_id


async def test_another_member_sees_nothing_of_it(world: World) -> None:
    """Who brought whom is the referrer's business."""
    referrer_id, stranger = await add_worker(world), await add_worker(world)
    await add_referee(world, referrer_id)
    (referral,) = await queries.referrals_of(referrer_id=referrer_id, page=Page(limit=9))

    assert not await queries.referrals_of(referrer_id=stranger, page=Page(limit=9))
    assert not await queries.referrals_by_id(ids=[referral.id], referrer_id=stranger)
    assert await queries.referrals_by_id(ids=[referral.id], referrer_id=referrer_id) == {
        referral.id: referral
    }


@pytest.mark.parametrize("code", ["", "nobody", "x" * 500, "\x00", "a b", "\ud800"])
async def test_an_unknown_code_registers_nobody(world: World, code: str) -> None:
    """The client may then register without one; nothing happens silently."""
    email = email_of(world.new_id())
    with pytest.raises(operations.ReferralCodeUnknown):
        await register(world, code=code, email=email)
    assert not await fetch_value("select 1 from member_person where email_key = $1", email)


async def test_a_closed_members_link_is_dead(world: World) -> None:
    """Nobody earns for a member who left."""
    referrer_id = await add_worker(world)
    code = await operations.open_link(
        member_id=referrer_id, new_token=world.new_token, now=world.now
    )
    async with transaction():  # no operation closes a member yet
        await execute("update member set state = 'closed' where id = $1", referrer_id)
    with pytest.raises(operations.ReferralCodeUnknown):
        await register(world, code=code, email=email_of(world.new_id()))


async def test_the_refusals_of_registration_hold(world: World) -> None:
    """A link is no way around the rules, and nobody refers a member who exists."""
    referrer_id = await add_worker(world)
    code = await operations.open_link(
        member_id=referrer_id, new_token=world.new_token, now=world.now
    )
    with pytest.raises(EmailTaken):
        await register(world, code=code, email=email_of(referrer_id).upper())
    with pytest.raises(PasswordTooWeak):
        await register(world, code=code, email=email_of(world.new_id()), password="short")  # noqa: S106  # refused
    assert not await queries.referrals_of(referrer_id=referrer_id, page=Page(limit=9))


async def test_referrals_come_page_by_page(world: World) -> None:
    """Newest first, both ways, also when several came at one instant."""
    referrer_id = await add_worker(world)
    for _ in range(4):
        await add_referee(world, referrer_id)

    listed = await queries.referrals_of(referrer_id=referrer_id, page=Page(limit=9))
    order = [(referral.signed_up_at, referral.id) for referral in listed]
    assert len(listed) == 4 and order == sorted(order, reverse=True)
    after = Page(limit=2, after=(listed[0].signed_up_at, listed[0].id))
    assert await queries.referrals_of(referrer_id=referrer_id, page=after) == listed[1:3]
    before = Page(limit=2, before=(listed[3].signed_up_at, listed[3].id), backward=True)
    assert await queries.referrals_of(referrer_id=referrer_id, page=before) == listed[1:3]
