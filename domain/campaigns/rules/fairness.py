"""What an employer is warned of before a campaign opens (P48). A warning refuses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.money import Money

SECONDS_MIN: Final = 5
SECONDS_MAX: Final = 86_400
TEXT_LENGTH_FAIR: Final = 40
SECONDS_PER_HOUR: Final = 3_600


class WageBasis(StrEnum):
    """Whose time it is that an hourly wage is reckoned by (R18)."""

    EMPLOYER = "employer"  # what the employer estimates
    MEASURED = "measured"  # what at least ten pieces of work took


class CampaignWarning(StrEnum):
    SHORT_INSTRUCTIONS = "short_instructions"
    NO_CLAUSES = "no_clauses"  # a rejection will have nothing to cite
    NO_TIME_ESTIMATE = "no_time_estimate"  # nobody sees what an hour pays
    LOW_PAY = "low_pay"  # below the least that an hour should pay (R17)
    SHORT_CLAIM = "short_claim"  # less than half as long again as the work takes (R1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the warnings look at; `hourly_minimum` is in the currency of the reward."""

    instructions: str
    clause_count: int
    reward: Money
    claim_minutes: int
    estimated_seconds: int | None
    hourly_minimum: Money


def warnings_of(offer: Offer) -> tuple[CampaignWarning, ...]:
    """All of them, what is to be understood first."""
    seconds = offer.estimated_seconds
    checks = [
        (len(offer.instructions) < TEXT_LENGTH_FAIR, CampaignWarning.SHORT_INSTRUCTIONS),
        (offer.clause_count == 0, CampaignWarning.NO_CLAUSES),
        (seconds is None, CampaignWarning.NO_TIME_ESTIMATE),
    ]
    if seconds is not None:
        needed = offer.hourly_minimum.micros * seconds
        checks += [
            (offer.reward.micros * SECONDS_PER_HOUR < needed, CampaignWarning.LOW_PAY),
            (offer.claim_minutes * 60 * 2 < seconds * 3, CampaignWarning.SHORT_CLAIM),
        ]
    return tuple(warning for is_due, warning in checks if is_due)
