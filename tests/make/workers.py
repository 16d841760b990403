"""Workers with a record."""

from __future__ import annotations

from uuid import UUID

from domain.database import transaction
from domain.money import MICROS_PER_UNIT, Money
from domain.workers import operations
from domain.workers.queries import standings_of
from domain.workers.rules import (
    POINTS_PER_DOLLAR,
    POINTS_PER_SATISFIED,
    Merit,
    MeritReason,
    points_needed,
)
from tests.make.world import World


async def on_level(world: World, worker_id: UUID, level: int) -> None:
    """By one well-paid assignment; a worker who stands higher stays there."""
    standing = (await standings_of(ids=[worker_id]))[worker_id]
    missing = points_needed(level) - standing.points - POINTS_PER_SATISFIED
    dollars = max(0, -(-missing // POINTS_PER_DOLLAR))
    await gain(world, worker_id, Money(dollars * MICROS_PER_UNIT, "USD"))


async def gain(world: World, worker_id: UUID, earned: Money) -> Merit:
    """As an approval tells it."""
    merit = Merit(
        assignment_id=world.new_id(),
        worker_id=worker_id,
        reason=MeritReason.APPROVED,
        earned=earned,
    )
    async with transaction():
        await operations.gain_points(merits=[merit], on=world.now.date())
    return merit
