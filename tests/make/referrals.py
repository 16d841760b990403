"""Referrers and referees, made through operations."""

from __future__ import annotations

from uuid import UUID

from domain.referrals import operations as referrals
from tests.make.campaigns import approve, rich_employer, running, submitted, usd
from tests.make.members import BORN_ON, PASSWORD, QuickHasher, add_worker, email_of
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


async def work_once(world: World, worker_id: UUID) -> None:
    """An approved assignment of one dollar."""
    employer_id = await rich_employer(world, usd("2"))
    campaign_id = await running(world, employer_id, places=(1,), reward=usd("1"))
    await approve(world, employer_id, await submitted(world, worker_id, campaign_id))


async def add_earning_referee(world: World) -> tuple[UUID, UUID]:
    """The referrer, who has got 0.05 dollars, and the referee."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    await work_once(world, referee_id)
    while await referrals.reward_referrals(now=world.now, new_id=world.new_id):
        pass
    return referrer_id, referee_id
