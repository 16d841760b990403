"""Points, levels and bands by the published formula (R13). Pure, in whole numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.money import MICROS_PER_UNIT, Money

LEVEL_MAX: Final = 10
ADVANCED_LEVEL: Final = 4  # from here on more than one assignment per campaign (R15)
EXPERT_LEVEL: Final = 8
POINTS_PER_SATISFIED: Final = 10
POINTS_PER_DOLLAR: Final = 100
POINTS_PER_FIVE_STARS: Final = 5


class LevelBand(StrEnum):
    STARTER = "starter"
    ADVANCED = "advanced"
    EXPERT = "expert"


class MeritReason(StrEnum):
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"  # counts for what it earned, not as satisfied work
    FIVE_STARS = "five_stars"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """What `worker_id` has done for points; `earned` is zero for stars."""

    assignment_id: UUID
    worker_id: UUID
    reason: MeritReason
    earned: Money


def points_of(*, satisfied_count: int, usd_micros: int, five_star_count: int) -> int:
    """Dollars count to the cent: what a thousand small rewards earned is rounded once, not each."""
    return (
        satisfied_count * POINTS_PER_SATISFIED
        + usd_micros * POINTS_PER_DOLLAR // MICROS_PER_UNIT
        + five_star_count * POINTS_PER_FIVE_STARS
    )


def points_needed(level: int) -> int:
    """round(1000 * level ** 1.5), in whole numbers."""
    return (math.isqrt(4_000_000 * level**3) + 1) // 2


def level_for(points: int) -> int:
    """The highest level whose points are reached."""
    return max(level for level in range(LEVEL_MAX + 1) if points >= points_needed(level))


def band_of(level: int) -> LevelBand:
    if level >= EXPERT_LEVEL:
        return LevelBand.EXPERT
    return LevelBand.ADVANCED if level >= ADVANCED_LEVEL else LevelBand.STARTER
