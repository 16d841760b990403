"""When a campaign takes claims, and how many: by the clock, the hour, the day, the country.

As with targeting, the database judges: `campaign_closed` of migration 0150.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.campaigns.rules.problem import Problem

HOUR_MAX: Final = 23
DAY_CLAIM_MAX: Final = 100_000
HOUR_CLAIM_MAX: Final = 100_000
COUNTRY_SHARE_MIN: Final = 25  # R16


class Difficulty(StrEnum):
    """As the employer sees it (P47)."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Hours are those of UTC; from 22 to 6 is a night. `hour_claim_max` is of any hour that
    passes, not of the clock's; `country_share_max` is in per cent.
    """

    daily_from_hour: int | None = None
    daily_to_hour: int | None = None
    day_claim_max: int | None = None
    hour_claim_max: int | None = None
    country_share_max: int | None = None


ANYTIME: Final = Schedule()


def schedule_problem(schedule: Schedule) -> Problem | None:
    hours = schedule.daily_from_hour, schedule.daily_to_hour
    if hours != (None, None):
        if any(each is None or not 0 <= each <= HOUR_MAX for each in hours):
            return Problem("two hours of the day, 0 to 23", ("daily_from_hour",))
        if schedule.daily_from_hour == schedule.daily_to_hour:
            return Problem("an end apart from the beginning", ("daily_to_hour",))
    limit, share = schedule.day_claim_max, schedule.country_share_max
    if limit is not None and not 1 <= limit <= DAY_CLAIM_MAX:
        return Problem("1 to 100,000 claims a day", ("day_claim_max",))
    speed = schedule.hour_claim_max
    if speed is not None and not 1 <= speed <= HOUR_CLAIM_MAX:
        return Problem("1 to 100,000 claims an hour", ("hour_claim_max",))
    if share is not None and not COUNTRY_SHARE_MIN <= share <= 100:  # noqa: PLR2004  # per cent
        return Problem("25 to 100 per cent", ("country_share_max",))
    return None
