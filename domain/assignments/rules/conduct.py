"""When a rule of ours pauses a campaign for what its employer or its instructions do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.campaigns.rules import PauseReason
from domain.money import WHOLE_BASIS_POINTS

CONDUCT_TIME: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """Of one campaign, within `CONDUCT_TIME` and since it was last let go on.

    Workers are counted, not their claims: one who returns again and again is one.
    """

    decided: int
    left_to_time: int  # of those: approved because nobody had decided
    tried: int  # workers who handed in, returned or let expire what they claimed
    gave_up: int  # of those: handed nothing in, and are not at it now


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductLimits:
    """Both must be reached: so many, and so large a share in basis points."""

    late_reviews: int
    late_review_share: int
    dropped_claims: int
    dropped_claim_share: int


def pause_for(conduct: Conduct, limits: ConductLimits) -> PauseReason | None:
    """The first reason to pause it."""
    if conduct.left_to_time >= limits.late_reviews and (
        conduct.left_to_time * WHOLE_BASIS_POINTS >= conduct.decided * limits.late_review_share
    ):
        return PauseReason.REVIEW_TIME_BREACH
    if conduct.gave_up >= limits.dropped_claims and (
        conduct.gave_up * WHOLE_BASIS_POINTS >= conduct.tried * limits.dropped_claim_share
    ):
        return PauseReason.QUALITY
    return None
