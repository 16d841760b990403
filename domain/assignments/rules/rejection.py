"""What a rejection must say, how many there may be, and when they are too many at once. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.texts import GROUNDS_LENGTH_MAX, GROUNDS_LENGTH_MIN, text_problem

REVERSAL_TIME: Final = timedelta(days=30)  # R11: from the rejection on
BREAKER_TIME: Final = timedelta(hours=24)  # R8
BREAKER_REVIEWS: Final = 50
TIMES_MIN: Final = 30  # R10: fewer say nothing about what is fast


class ReasonCode(StrEnum):
    """The only valid reasons to refuse to pay (R10)."""

    TOO_FAST = "too_fast"
    FAILED_CHECKS = "failed_checks"
    SKIPPED_REQUIRED = "skipped_required"
    NOT_PER_INSTRUCTION = "not_per_instruction"
    DUPLICATE = "duplicate"
    SPAM = "spam"


class RequestState(StrEnum):
    """Of a rejection beyond the limit, which staff have to agree to."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    reason_code: ReasonCode
    text: str
    clause_id: str | None = None


def rejection_problem(
    rejection: Rejection, *, clause_ids: Collection[str]
) -> tuple[str, tuple[str, ...]] | None:
    """A worker must be able to learn from it and to contest it: a code, a clause, a text."""
    problem = text_problem(rejection.text, least=GROUNDS_LENGTH_MIN, most=GROUNDS_LENGTH_MAX)
    if problem is not None:
        return f"say what was wrong: {problem}", ("text",)
    if rejection.clause_id is not None and rejection.clause_id not in clause_ids:
        return "the instructions have no such clause", ("clause_id",)
    cites = rejection.reason_code is ReasonCode.NOT_PER_INSTRUCTION
    if cites and rejection.clause_id is None:
        return "name the clause that was not followed", ("clause_id",)
    return None


def is_too_fast(seconds: float, others: Sequence[float]) -> bool:
    """Below three standard deviations of the logarithm of what the others took (R10)."""
    if len(others) < TIMES_MIN:
        return False
    logs = [math.log(max(each, 1.0)) for each in others]
    mean = math.fsum(logs) / len(logs)
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in logs) / (len(logs) - 1))
    return math.log(max(seconds, 1.0)) < mean - 3 * deviation


def reversible_until(
    *, is_rejected: bool, is_our_delay: bool, decided_at: datetime | None
) -> datetime | None:
    """None for what was never rejected, and for what we paid after a delay of ours."""
    if not is_rejected or is_our_delay or decided_at is None:
        return None
    return decided_at + REVERSAL_TIME


def rejections_allowed(*, reviewed_count: int) -> int:
    """How many rejections a campaign may make before staff must agree (R7)."""
    return max(3, reviewed_count * 30 // 100)


def breaker_trips(*, rejections_in_day: int, rejected_of_last_50: int) -> bool:
    """Mass rejection: many in a day and a large share of the latest reviews (R8)."""
    return rejections_in_day >= 20 and rejected_of_last_50 * 100 >= 40 * BREAKER_REVIEWS  # noqa: PLR2004  # R8's own figures


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCounts:
    """Of one campaign, before the rejection that is about to be made.

    A rejection that was reversed or ruled wrong is none any more.
    """

    reviewed: int
    rejected: int
    rejected_in_day: int
    rejected_of_last_49: int
    is_waived: bool

    @property
    def allowed(self) -> int:
        return rejections_allowed(reviewed_count=self.reviewed + 1)

    @property
    def is_used_up(self) -> bool:
        return not self.is_waived and self.rejected + 1 > self.allowed

    @property
    def is_massive(self) -> bool:
        return not self.is_waived and breaker_trips(
            rejections_in_day=self.rejected_in_day + 1,
            rejected_of_last_50=self.rejected_of_last_49 + 1,
        )
