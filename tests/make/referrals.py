"""Referrers and referees, made through operations."""

from __future__ import annotations

from uuid import UUID

from domain.referrals import operations as referrals
from tests.make.members import BORN_ON, PASSWORD, QuickHasher, email_of
from tests.make.world import World


async def add_referee(
    world: World, referrer_id: UUID, *, name: str = "Rafael Referee", email: str | None = None
) -> UUID:
    """Registered through the referrer's link; signs in as all made members do."""
    code = await referrals.open_link(
        member_id=referrer_id, new_token=world.new_token, now=world.now
    )
    referee_id = world.new_id()
    ids = iter((referee_id,))
    return await referrals.register_referred_member(
        code=code,
        name=name,
        email=email or email_of(referee_id),
        country="PH",
        born_on=BORN_ON,
        password=PASSWORD,
        hasher=QuickHasher(),
        new_id=lambda: next(ids, None) or world.new_id(),
        now=world.now,
    )
