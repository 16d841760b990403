"""Workers with a record."""

from __future__ import annotations

from uuid import UUID

from domain.money import MICROS_PER_UNIT, Money
from domain.workers.queries import standings_of
from domain.workers.rules import (
    POINTS_PER_DOLLAR,
    POINTS_PER_SATISFIED,
    points_needed,
)
from tests.make.campaigns import approve, rich_employer, running, submitted
from tests.make.world import World


async def on_level(world: World, worker_id: UUID, level: int) -> None:
    """By one well-paid assignment; a worker who stands higher stays there."""
    standing = (await standings_of(ids=[worker_id]))[worker_id]
    missing = points_needed(level) - standing.points - POINTS_PER_SATISFIED
    dollars = max(0, -(-missing // POINTS_PER_DOLLAR))
    await gain(world, worker_id, Money(dollars * MICROS_PER_UNIT, "USD"))


async def gain(world: World, worker_id: UUID, earned: Money) -> None:
    """By an assignment that an employer of his own has approved."""
    employer_id = await rich_employer(
        world, Money(earned.micros * 2 + MICROS_PER_UNIT, earned.currency)
    )
    campaign_id = await running(world, employer_id, places=(1,), reward=earned)
    await approve(world, employer_id, await submitted(world, worker_id, campaign_id))
